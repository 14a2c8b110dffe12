// Streamlit leaves the address bare when a reader comes to a page by its tab. What the link holds goes there once for each
// arrival, from here: set by the server it would be a second step in the browser's history.

import { writeAddress } from "./address.js";

const NARROW = "(max-width: 640px)";
const CLOSE = '[data-testid="stSidebar"][data-collapsed="false"] [data-testid="stSidebarCollapseButton"] button';

/** On a narrow screen the sidebar, which holds the tabs there, lies over the page that was just chosen in it. */
function closeDrawer() {
  if (!globalThis.matchMedia?.(NARROW).matches) return;
  /** @type {HTMLElement | null} */
  const close = document.querySelector(CLOSE);
  close?.click();
}

let known = null;

export default function ({ data: { arrival, query } }) {
  if (arrival === known) return;
  known = arrival;
  writeAddress(Object.fromEntries(new URLSearchParams(query)));
  closeDrawer();
}
