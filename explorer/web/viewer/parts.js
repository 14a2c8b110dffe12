// Hidden parts and locked controls, from a lesson's link (hide=…, lock=…).

/** Parameters of an address as page data: hide, lock, and the cursor of a standalone page. */
export function partsOf(search, hash = "") {
  const told = new URLSearchParams(search);
  for (const [name, value] of new URLSearchParams(hash.replace(/^#/, ""))) told.set(name, value);
  const names = (name) => (told.get(name) ?? "").split(",").filter(Boolean);
  const found = { hide: names("hide"), lock: names("lock") };
  for (const name of ["layer", "frame", "pinned"]) {
    if (/^\d{1,5}$/.test(told.get(name) ?? "")) found[name] = Number(told.get(name));
  }
  if (told.get("fill")) found.fill = told.get("fill");
  if (told.get("arrows")) found.arrows = told.get("arrows") === "true";
  return found;
}

/** Hide and lock; the style sheet uses the names of the parts. */
export function showParts(viewer, { hide = [], lock = [] }) {
  viewer.locked = new Set(lock);
  viewer.element.dataset.hide = hide.join(" ");
  const { transport, toolbar } = viewer;
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
