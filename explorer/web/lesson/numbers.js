// Numbers in the words of a panel, marked by name: a reader's eye finds them, and so does a test.

import { element } from "../viewer/controls.js";

export const number = (name, value) => element("b", { "data-number": name }, String(value));
export const percent = (share) => `${(100 * share).toFixed(1)} %`;
