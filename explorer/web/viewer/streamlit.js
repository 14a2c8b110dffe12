// Streamlit's component contract (see mount.js). The cursor goes into the link without history entries.

import { addressWith, untilLeft, writeAddress } from "../page/address.js";
import { mount } from "./mount.js";
import { render, unmount } from "./viewer.js";

const AT_REST = {
  layer: null,
  frame: 0,
  pinned: null,
  beside_pinned: null,
  fill: "mean",
  arrows: false,
  similarity: true,
};

/** The link parameters that change with the cursor's `name`; defaults are omitted. */
export function changesOf(name, value) {
  return { [name]: value === AT_REST[name] ? null : value };
}

/** `address` without the parameters that only other pages have: the app keeps them there for the way back. */
export function linkOf(address, elsewhere) {
  return addressWith(address, Object.fromEntries(elsewhere.map((name) => [name, null])));
}

export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const commit = untilLeft((name, value) => {
    if (name in AT_REST) writeAddress(changesOf(name, value));
    setStateValue(name, value);
  });
  const refer = untilLeft((index) => setTriggerValue("reference", index));
  const link = () => linkOf(location.href, data.elsewhere);
  return mount(parentElement, () => render(parentElement, data, { commit, refer, link }), unmount);
}
