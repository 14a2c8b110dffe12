// The viewer in a file of its own: the story stands in the page, and nobody listens to the cursor.

import { partsOf } from "./parts.js";
import { render } from "./viewer.js";

const record = JSON.parse(document.getElementById("record")?.textContent ?? "");
const told = partsOf(location.search, location.hash);
render(document.getElementById("viewer"), { ...record, ...told }, { commit() {} });
