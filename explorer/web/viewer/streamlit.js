// Streamlit's component contract (see mount.js). The cursor goes into the link without history entries, r with one.

import { linkOf, pushAddress, untilLeft, writeAddress } from "../page/address.js";
import { mount } from "./mount.js";
import { render, unmount } from "./viewer.js";

/**
 * @import { Component } from "./mount.js"
 * @import { Data } from "./viewer.js"
 */

/** @typedef {{ [name: string]: [parameter: string, usual: unknown] }} LinkedRate r and its schedule in this page's link */

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
 * The same for r and its schedule.
 * @param {LinkedRate} rate
 * @param {string} name
 * @param {unknown} value
 */
export function rateChanges(rate, name, value) {
  const [parameter, usual] = rate[name];
  return { [parameter]: value === usual ? null : value };
}

/** @param {Component<Data & { elsewhere: string[], rate: LinkedRate }>} component */
export default function ({ data, parentElement, setStateValue, setTriggerValue }) {
  const commit = untilLeft((/** @type {string} */ name, /** @type {unknown} */ value) => {
    if (name in AT_REST) writeAddress(changesOf(name, value));
    else if (name in data.rate) pushAddress(rateChanges(data.rate, name, value));
    setStateValue(name, [data.revision, value]);
  });
  const refer = untilLeft((/** @type {number} */ index) => setTriggerValue("reference", index));
  const link = () => linkOf(location.href, data.elsewhere);
  return mount(parentElement, () => render(parentElement, data, { commit, refer, link }), unmount);
}
