// Hidden parts and locked controls, from a lesson's link (hide=…, lock=…).

/** @import { Start, Viewer } from "./viewer.js" */

/**
 * Parameters of an address as page data: hide, lock, and the cursor of a standalone page.
 * @param {string} search
 */
export function partsOf(search, hash = "") {
  const told = new URLSearchParams(search);
  for (const [name, value] of new URLSearchParams(hash.replace(/^#/, ""))) told.set(name, value);
  /** @param {string} name */
  const names = (name) => (told.get(name) ?? "").split(",").filter(Boolean);
  /** @type {Start & { hide: string[], lock: string[] }} */
  const found = { hide: names("hide"), lock: names("lock") };
  for (const name of /** @type {const} */ (["layer", "frame", "pinned"])) {
    if (/^\d{1,5}$/.test(told.get(name) ?? "")) found[name] = Number(told.get(name));
  }
  const fill = told.get("fill");
  if (fill) found.fill = fill;
  if (told.get("arrows")) found.arrows = told.get("arrows") === "true";
  return found;
}

/**
 * Hide and lock; the style sheet uses the names of the parts.
 * @param {Viewer} viewer @param {{ hide?: string[], lock?: string[] }} parts
 */
export function showParts(viewer, { hide = [], lock = [] }) {
  viewer.locked = new Set(lock);
  viewer.element.dataset.hide = hide.join(" ");
  const { transport, toolbar } = viewer;
  /** @type {(controls: Iterable<HTMLInputElement | HTMLButtonElement>, name: string) => void} */
  const off = (controls, name) => {
    for (const control of controls) control.disabled = viewer.locked.has(name);
  };
  off([transport.range, ...transport.buttons], "layer");
  viewer.film.lock(viewer.locked.has("layer"));
  off(transport.bar.querySelectorAll(".tome-rate input"), "r");
  if (viewer.locked.has("schedule")) off(transport.bar.querySelectorAll(".tome-rate [type=checkbox]"), "schedule");
  off(toolbar.bar.querySelectorAll(".tome-fills input"), "fill");
  off([toolbar.arrows], "merges");
}
