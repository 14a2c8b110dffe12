// The keyboard. Keys used by the viewer do not propagate: the page around it has its own shortcuts.

import { neighbour } from "./picking.js";

/**
 * @import { Panel } from "./panel.js"
 * @import { Viewer } from "./viewer.js"
 */

// The range input handles these natively; they only must not propagate.
const RANGE_KEYS = /^(Arrow|Home$|End$|Page)/;

/** @param {Viewer} viewer */
function letGo(viewer) {
  if (!viewer.state.pinned && !viewer.state.hover) return false;
  viewer.hover(null, false);
  if (viewer.state.pinned) viewer.pin(null);
  return true;
}

/** @param {Viewer} viewer @param {Panel | undefined} panel */
function pinCursor(viewer, panel) {
  if (viewer.state.hover) viewer.pin(viewer.state.hover, panel);
  return true;
}

/** @param {Viewer} viewer @param {Panel} panel @param {string} key */
function moveCursor(viewer, panel, key) {
  const { hover, pinned, keyboard } = viewer.state;
  const point = neighbour(panel, (keyboard && hover) || pinned || hover, key);
  if (point) viewer.hover(point, true);
  if (point && zooms(viewer)) viewer.player.zoom.reveal(point.x);
  return Boolean(point);
}

/** @type {{ [key: string]: number }} */
const ZOOM = { "+": 2, "=": 2, "-": 0.5 };

/** @param {Viewer} viewer */
const zooms = (viewer) => !viewer.player.element.hidden;

/**
 * Play or pause: the clip where `target` is its slider, else the layers.
 * @param {Viewer} viewer @param {EventTarget} target
 */
export function playFrom(viewer, target) {
  if (target === viewer.clip.range) viewer.clip.toggle();
  else if (!viewer.locked.has("layer")) viewer.play.toggle();
}

/**
 * Space plays, Enter pins, Esc unpins, arrows move the patch cursor, + and - zoom a sound, unless another element uses the key.
 * @param {Viewer} viewer @param {KeyboardEvent} event
 */
export function handleKey(viewer, event) {
  if (viewer.present.handleKey(event)) return;
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const target = event.composedPath()[0];
  const panel = viewer.panels.find(({ canvas }) => canvas === target);
  const onRange = target === viewer.clip.range || target === viewer.transport.range;
  let owned = false;
  if (event.key === "Escape") owned = letGo(viewer);
  else if (event.key === " " && (panel || onRange)) {
    playFrom(viewer, target);
    owned = true;
  } else if (event.key === "Enter" && (panel || onRange)) owned = pinCursor(viewer, panel);
  else if (panel && zooms(viewer) && event.key in ZOOM) {
    viewer.player.zoom.by(ZOOM[event.key]);
    owned = true;
  } else if (panel) owned = moveCursor(viewer, panel, event.key);
  if (owned) event.preventDefault();
  if (owned || (onRange && RANGE_KEYS.test(event.key))) event.stopPropagation();
}
