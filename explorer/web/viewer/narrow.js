// Half as many words in a row of a text, and twice as many rows, where the window is too narrow for legible ones.

import { patchAt, pointOf } from "./story.js";

/**
 * @import { Record } from "./record_types.js"
 * @import { Point } from "./state.js"
 * @import { Story } from "./story.js"
 */

const NARROW = "(max-width: 480px)";

/**
 * Call `change` when the window becomes narrow or wide; return a function that ends it.
 * @param {() => void} change
 */
export function whenNarrow(change) {
  const narrow = matchMedia(NARROW);
  narrow.addEventListener("change", change);
  return () => narrow.removeEventListener("change", change);
}

/**
 * The record `raw` as its window needs it: words keep their numbers.
 * @param {Record} raw @returns {Record}
 */
export function fitted(raw) {
  if (!raw.text || !matchMedia(NARROW).matches) return raw;
  const {
    grid: [rows, cols],
    picture: { src, width, height },
  } = raw;
  const size = { width: width / 2, height: 2 * height };
  return { ...raw, grid: [2 * rows, cols / 2], picture: { src, ...size }, view: { x: 0, y: 0, ...size } };
}

/**
 * The pinned point in `story`, of the word where it was in `before`.
 * @param {Story | undefined} before @param {Story} story @param {Point | null} point
 */
export function pointAgain(before, story, point) {
  if (!point || !before?.words || !story.words || before.cols === story.cols) return point;
  const word = patchAt(before, point);
  return word < story.patches ? { ...point, ...pointOf(story, word) } : null;
}
