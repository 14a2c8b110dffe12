// Streamlit clears the address when a reader opens a page by its tab. The link is written back from here, once per
// arrival: set by the server, it would add a second entry to the browser's history.

import { writeAddress } from "./address.js";

/** @import { Component } from "../viewer/mount.js" */

const NARROW = "(max-width: 640px)";
const CLOSE = '[data-testid="stSidebar"][data-collapsed="false"] [data-testid="stSidebarCollapseButton"] button';

/** Close the sidebar on narrow screens, where it holds the tabs and covers the chosen page. */
function closeDrawer() {
  if (!globalThis.matchMedia?.(NARROW).matches) return;
  /** @type {HTMLElement | null} */
  const close = document.querySelector(CLOSE);
  close?.click();
}

/** @type {number | null} */
let known = null;

/** @param {Component<{ arrival: number, query: string }>} component */
export default function ({ data: { arrival, query } }) {
  if (arrival === known) return;
  known = arrival;
  writeAddress(Object.fromEntries(new URLSearchParams(query)));
  closeDrawer();
}
