// Streamlit leaves the address bare when a reader comes to a page by its tab. What the link holds goes there once for each
// arrival, from here: set by the server it would be a second step in the browser's history.

import { writeAddress } from "./address.js";

let known = null;

export default function ({ data: { arrival, query } }) {
  if (arrival === known) return;
  known = arrival;
  writeAddress(Object.fromEntries(new URLSearchParams(query)));
}
