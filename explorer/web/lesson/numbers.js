// Numbers in a panel's text, marked by name, for emphasis and for tests.

import { element } from "../viewer/controls.js";

/** @param {string} name @param {string | number} value */
export const number = (name, value) => element("b", { "data-number": name }, String(value));
/** @param {number} share */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;
