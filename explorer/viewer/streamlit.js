// Streamlit's component contract: called again on the same element when data or theme change; only the last returned
// clean-up is ever run.

import { render, unmount } from "./viewer.js";

export default function ({ data, parentElement, setStateValue }) {
  render(parentElement, data, { commit: (name, value) => setStateValue(name, value) });
  return () => unmount(parentElement);
}
