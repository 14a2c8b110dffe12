// Choices in the lesson and the playground go into the link.

import { untilLeft, writeAddress } from "../page/address.js";

/**
 * The link parameters that change with `name`. A dragged r is valid in its own layer only.
 * @param {string} name @param {unknown} value
 */
export function changesWith(name, value) {
  return name === "layer" ? { edges: null, layer: value } : { [name]: value };
}

/** @param {(name: string, value: unknown) => void} setStateValue */
export function makeCommit(setStateValue) {
  return untilLeft((/** @type {string} */ name, /** @type {unknown} */ value) => {
    writeAddress(changesWith(name, value));
    setStateValue(name, value);
  });
}
