// Streamlit's component contract (see mount.js). The cursor goes into the link by replaceState: a layer is no step in the
// browser's history.

import { mount } from "./mount.js";
import { render, unmount } from "./viewer.js";
import { cutWire, wireOf } from "./wire.js";

const AT_REST = { layer: 0, frame: 0, pinned: null, fill: "mean", arrows: false, similarity: true };

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
  const draw = () => {
    const wire = wireOf(parentElement, (record) => render(parentElement, record, { commit, refer }));
    if (data.wire) wire.listen(data.wire.path);
    wire.take(data);
  };
  return mount(parentElement, draw, (root) => {
    cutWire(root);
    unmount(root);
  });
}
