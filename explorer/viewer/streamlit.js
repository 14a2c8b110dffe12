// Streamlit's component contract (see mount.js). The cursor goes into the link by replaceState: a layer is no step in the
// browser's history.

import { mount } from "./mount.js";
import { render, unmount } from "./viewer.js";

const AT_REST = { layer: 0, pinned: null, fill: "mean", arrows: false, similarity: true };

/** `address` with the cursor's `name` at `value`; what is at rest is left out. */
export function linkWith(address, name, value) {
  const url = new URL(address);
  if (value === AT_REST[name]) url.searchParams.delete(name);
  else url.searchParams.set(name, String(value));
  return url.href;
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const commit = (name, value) => {
    if (name in AT_REST) history.replaceState(history.state, "", linkWith(location.href, name, value));
    setStateValue(name, value);
  };
  const refer = (index) => setTriggerValue("reference", index);
  return mount(parentElement, () => render(parentElement, data, { commit, refer }), unmount);
}
