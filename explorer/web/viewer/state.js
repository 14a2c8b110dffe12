// Where the reader is, and how the picture is drawn.

/**
 * A point is a place on the picture, in shares of its width and height: the same one in all panels.
 * @typedef {{x: number, y: number, on?: number}} Point `on`: of which of two photos
 * @typedef {object} State
 * @property {number} layer
 * @property {number} frame of a clip
 * @property {Point | null} hover
 * @property {Point | null} pinned
 * @property {boolean} keyboard whether the keyboard moved the hover
 * @property {string} fill
 * @property {boolean} arrows
 * @property {boolean} similarity
 * @property {boolean} playing
 * @property {boolean} heated whether similarities to the pinned patch lie over a panel
 * @property {number} compared in which share of the panels this layer has compared it
 * @property {number} photos how many photos share a pin: two beside each other
 * @property {{low: number, high: number}} [range] of the similarities in the first picture
 * @property {number} largest patches of the largest token there is
 * @property {string} subject what is shown: photo, frame, spectrogram or text
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
    subject: "photo",
    counted: String,
    accent: "",
    veil: "",
    ink: "",
    font: "",
  };
}

/** Whether two points are the same, or both none. */
export const isSame = (one, other) => one?.x === other?.x && one?.y === other?.y;

/** The colours and the typeface of the page around `element`, as far as the picture needs them. */
export function themeOf(element) {
  const style = getComputedStyle(element);
  const accent = style.getPropertyValue("--tome-accent").trim();
  return { accent, veil: style.backgroundColor, ink: style.color, font: style.fontFamily };
}
