// The cursor and the drawing options.

/**
 * A point on the picture, in shares of its width and height, common to all panels.
 * @typedef {{x: number, y: number, on?: number}} Point `on`: index of its photo among two
 * @typedef {"mean" | "region" | "size" | "photo" | "difference"} Fill
 * @typedef {object} State
 * @property {number} layer
 * @property {number} frame of a clip
 * @property {Point | null} hover of two photos, on one of them
 * @property {Point | null} pinned
 * @property {boolean} keyboard whether the keyboard moved the hover
 * @property {Fill} fill
 * @property {boolean} arrows
 * @property {boolean} similarity
 * @property {boolean} playing
 * @property {boolean} heated whether a panel shows similarities to the pinned patch
 * @property {number} compared share of the panels with a comparison in this layer
 * @property {number} photos number of photos with a common pin: two side by side
 * @property {{low: number, high: number}} [range] of the similarities in the first picture
 * @property {number} largest patches of the largest token
 * @property {boolean} dropped whether tokens are dropped
 * @property {import("./clip.js").Subject} subject
 * @property {number[]} ground mean colour of the first picture
 * @property {boolean} thin whether its cells are too narrow for borders: the steps of a sound
 * @property {(size: number) => string} counted
 * @property {string} accent
 * @property {string} veil
 * @property {string} ink
 * @property {string} font
 */

/** @returns {State} */
export function startState() {
  return {
    layer: 0,
    frame: 0,
    hover: null,
    pinned: null,
    keyboard: false,
    fill: "mean",
    arrows: false,
    similarity: true,
    playing: false,
    heated: false,
    compared: 0,
    photos: 1,
    largest: 1,
    dropped: false,
    subject: "photo",
    ground: [0, 0, 0],
    thin: false,
    counted: String,
    accent: "",
    veil: "",
    ink: "",
    font: "",
  };
}

/**
 * Whether two points are equal or both missing.
 * @type {(one: Point | null | undefined, other: Point | null | undefined) => boolean}
 */
export const isSame = (one, other) => one?.x === other?.x && one?.y === other?.y;

/**
 * Colours and typeface of the page around `element`, for drawing.
 * @param {Element} element
 */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const accent = style.getPropertyValue("--tome-accent").trim();
  return { accent, veil: style.backgroundColor, ink: style.color, font: style.fontFamily };
}
