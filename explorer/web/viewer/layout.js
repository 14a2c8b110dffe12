// The viewer's parts, as they stand on the page.

import { element } from "./controls.js";

/** The buttons at the end of the toolbar, in place of its save button. */
export function placeActions(toolbar, ...buttons) {
  const actions = element("div", { class: "tome-actions" });
  toolbar.save.replaceWith(actions);
  const [share, ...others] = buttons;
  actions.append(share, toolbar.save, ...others);
}

/** The toolbar, the pictures with what stands under them, and the families beside them. */
export function makeLayout({ toolbar, main, families, live }, onKey) {
  return element(
    "div",
    { class: "tome-viewer", keydown: onKey },
    element("div", { class: "tome-body" }, toolbar, element("div", { class: "tome-main" }, ...main), families, live),
  );
}
