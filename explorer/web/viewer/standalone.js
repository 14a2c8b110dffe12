// The viewer in a standalone file: the story is in the page, and cursor changes are not reported.

import { partsOf } from "./parts.js";
import { render } from "./viewer.js";

/** @import { Data } from "./viewer.js" */

/** @type {Data} */
const data = JSON.parse(document.getElementById("record")?.textContent ?? "");
const told = partsOf(location.search, location.hash);
const root = document.getElementById("viewer");
if (root) render(root, { ...data, ...told }, { commit() {} });
