// The viewer in a file of its own: the story stands in the page, and nobody listens to the cursor.

import { render } from "./viewer.js";

const record = JSON.parse(document.getElementById("record").textContent);
render(document.getElementById("viewer"), record, { commit() {} });
