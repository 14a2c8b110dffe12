// Streamlit's component contract for a photo: nothing is drawn.

import { putPhoto } from "./photos.js";

export default function ({ data }) {
  putPhoto(data.name, data.address);
}
