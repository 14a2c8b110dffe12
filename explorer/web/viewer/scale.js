// A ramp of colours as a row of swatches.

import { SIZE_STOPS } from "./colour.js";
import { differenceShade } from "./compare.js";
import { element } from "./controls.js";

const SHARES = [0.2, 0.4, 0.6, 0.8, 1];

/** Swatches of `colours`, in CSS. */
export function scaleOf(colours) {
  const swatches = colours.map((colour) => {
    const swatch = element("i", { class: "tome-swatch" });
    swatch.style.background = colour;
    return swatch;
  });
  return element("span", { class: "tome-scale" }, ...swatches);
}

export const colourScale = () => scaleOf(SIZE_STOPS.map(([r, g, b]) => `rgb(${r} ${g} ${b})`));

export const differenceScale = () =>
  scaleOf(SHARES.map(differenceShade).map(([r, g, b, opacity]) => `rgb(${r} ${g} ${b} / ${opacity})`));
