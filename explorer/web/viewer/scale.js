// A ramp of colours as a row of swatches.

import { SIZE_STOPS } from "./colour.js";
import { differenceSeen } from "./compare.js";
import { element } from "./controls.js";

const SHARES = [0.2, 0.4, 0.6, 0.8, 1];

/**
 * Swatches of `colours`, in CSS.
 * @param {string[]} colours
 */
export function scaleOf(colours) {
  const swatches = colours.map((colour) => {
    const swatch = element("i", { class: "tome-swatch" });
    swatch.style.background = colour;
    return swatch;
  });
  return element("span", { class: "tome-scale" }, ...swatches);
}

export const colourScale = () => scaleOf(SIZE_STOPS.map(([r, g, b]) => `rgb(${r} ${g} ${b})`));

/**
 * The shades of differences as they look on a photo of the mean colour `ground`, not on the page.
 * @param {number[]} ground
 */
export const differenceScale = (ground) =>
  scaleOf(SHARES.map((share) => differenceSeen(share, ground)).map((rgb) => `rgb(${rgb.join(" ")})`));
