// Numbers in a panel's text, marked by name, for emphasis and for tests.

import { fixed, numeral } from "../page/number.js";
import { element } from "../viewer/controls.js";

/** @param {string} name @param {string | number} value */
export const number = (name, value) =>
  element("b", { "data-number": name }, typeof value === "number" ? numeral(value) : value);
/** @param {number} share */
export const percent = (share) => `${fixed(100 * share, 1)} %`;
