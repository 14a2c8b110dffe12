// Streamlit's component contract (see mount.js). The cursor goes into the link without history entries.

import { addressWith, untilLeft, writeAddress } from "../page/address.js";
import { mount } from "./mount.js";
import { render, unmount } from "./viewer.js";

/**
 * @import { Component } from "./mount.js"
 * @import { Data } from "./viewer.js"
 */

/** @type {{ [name: string]: unknown }} */
const AT_REST = {
  layer: null,
  frame: 0,
  pinned: null,
  beside_pinned: null,
  fill: "mean",
  arrows: false,
  similarity: true,
};

/**
 * The link parameters that change with the cursor's `name`; defaults are omitted.
 * @param {string} name @param {unknown} value
 */
export function changesOf(name, value) {
  return { [name]: value === AT_REST[name] ? null : value };
}

/**
 * `address` without the parameters that only other pages have: the app keeps them there for the way back.
 * @param {string} address @param {string[]} elsewhere
 */
export function linkOf(address, elsewhere) {
  return addressWith(address, Object.fromEntries(elsewhere.map((name) => [name, null])));
}

/** @param {Component<Data & { elsewhere: string[] }>} component */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const commit = untilLeft((/** @type {string} */ name, /** @type {unknown} */ value) => {
    if (name in AT_REST) writeAddress(changesOf(name, value));
    setStateValue(name, value);
  });
  const refer = untilLeft((/** @type {number} */ index) => setTriggerValue("reference", index));
  const link = () => linkOf(location.href, data.elsewhere);
  return mount(parentElement, () => render(parentElement, data, { commit, refer, link }), unmount);
}
