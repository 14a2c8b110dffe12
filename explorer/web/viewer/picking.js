// Which patch of a picture the pointer or an arrow key picks.

import { isHeld } from "./clip.js";
import { patchAt, pointOf } from "./story.js";

const ARROW_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The middle of a patch of what `panel` draws, as a point of its whole story. */
const pointAt = ({ story, shown }, patch) => pointOf(story, patch + (shown.offset ?? 0));

/** The point of the patch under the pointer, or null beside all of them. */
export function pointUnder(panel, event) {
  const { canvas, story, shown } = panel;
  const box = canvas.getBoundingClientRect();
  const { view, picture } = story;
  const x = (((event.clientX - box.left) / box.width) * picture.width - view.x) / view.width;
  const y = (((event.clientY - box.top) / box.height) * picture.height - view.y) / view.height;
  const inside = x >= 0 && x < 1 && y >= 0 && y < 1 && isHeld(shown, patchAt(shown, { x, y }));
  return inside ? pointAt(panel, patchAt(shown, { x, y })) : null;
}

/** The point of the patch that an arrow key leads to from `point`, or null for another key. */
export function neighbour(panel, point, key) {
  const step = ARROW_STEPS[key];
  if (!step) return null;
  const { story, shown } = panel;
  if (!point) return pointAt(panel, patchAt(shown, { x: 0.5, y: 0.5 }));
  const patch = patchAt(story, point) % shown.patches; // from another frame: the same place in this one
  const x = Math.min(Math.max((patch % shown.cols) + step[0], 0), shown.cols - 1);
  const y = Math.min(Math.max(Math.floor(patch / shown.cols) + step[1], 0), shown.rows - 1);
  return isHeld(shown, y * shown.cols + x) ? pointAt(panel, y * shown.cols + x) : point;
}

/** Tell `panel`'s events what the pointer lights and pins on its canvas; its tip is where the pointer is. */
export function listen(panel) {
  const { canvas, events, tip } = panel;
  /** @type {import("./state.js").Point | null} */
  let pressed = null;
  canvas.addEventListener("pointermove", (event) => {
    if (event.pointerType === "touch") return;
    tip.at = { x: event.clientX, y: event.clientY };
    events.onHover(pointUnder(panel, event), false);
  });
  canvas.addEventListener("pointerleave", () => {
    tip.at = null;
    events.onHover(null, false);
  });
  canvas.addEventListener("blur", () => events.onHover(null, false));
  // A click's coordinates are whole pixels: near an edge they would pin another patch than the one that is lit.
  canvas.addEventListener("pointerdown", (event) => {
    pressed = pointUnder(panel, event);
  });
  canvas.addEventListener("click", (event) => {
    const point = pressed ?? pointUnder(panel, event);
    pressed = null;
    if (point) events.onPin(point, panel);
  });
}
