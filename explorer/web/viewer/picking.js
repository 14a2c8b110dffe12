// Pick a patch of a picture by the pointer or an arrow key.

import { isHeld } from "./clip.js";
import { patchAt, pointOf } from "./story.js";

/**
 * @import { Panel } from "./panel.js"
 * @import { Point } from "./state.js"
 */

/** @type {{ [key: string]: [number, number] }} */
const ARROW_STEPS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/**
 * The centre of a patch drawn by `panel`, as a point of its whole story.
 * @type {(panel: Panel, patch: number) => Point}
 */
const pointAt = ({ story, shown, place }, patch) => {
  const point = pointOf(story, patch + (shown.offset ?? 0));
  return place === null ? point : { ...point, on: place };
};

/**
 * The point of the patch under the pointer, or null outside.
 * @param {Panel} panel @param {MouseEvent} event
 */
export function pointUnder(panel, event) {
  const { canvas, story, shown } = panel;
  const box = canvas.getBoundingClientRect();
  const { view, picture } = story;
  const x = (((event.clientX - box.left) / box.width) * picture.width - view.x) / view.width;
  const y = (((event.clientY - box.top) / box.height) * picture.height - view.y) / view.height;
  const inside = x >= 0 && x < 1 && y >= 0 && y < 1 && isHeld(shown, patchAt(shown, { x, y }));
  return inside ? pointAt(panel, patchAt(shown, { x, y })) : null;
}

/**
 * The point of the next patch from `point` for an arrow key, or null for other keys.
 * @param {Panel} panel @param {Point | null} point @param {string} key
 */
export function neighbour(panel, point, key) {
  const step = ARROW_STEPS[key];
  if (!step) return null;
  const { story, shown } = panel;
  if (!point) return pointAt(panel, patchAt(shown, { x: 0.5, y: 0.5 }));
  const patch = patchAt(story, point) % shown.patches; // if it is from another frame: the same position in this one
  const x = Math.min(Math.max((patch % shown.cols) + step[0], 0), shown.cols - 1);
  const y = Math.min(Math.max(Math.floor(patch / shown.cols) + step[1], 0), shown.rows - 1);
  return isHeld(shown, y * shown.cols + x) ? pointAt(panel, y * shown.cols + x) : point;
}

/**
 * Report hovered and clicked patches of `panel`'s canvas to its events; the tip follows the pointer.
 * @param {Panel} panel
 */
export function listen(panel) {
  const { canvas, events, tip } = panel;
  /** @type {Point | null} */
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
  // A click's coordinates are rounded: near an edge they would pin another patch than the highlighted one.
  canvas.addEventListener("pointerdown", (event) => {
    pressed = pointUnder(panel, event);
  });
  canvas.addEventListener("click", (event) => {
    const point = pressed ?? pointUnder(panel, event);
    pressed = null;
    if (point) events.onPin(point, panel);
  });
}
