// Shares as colours, and their legend.

import { rampColour, SIZE_STOPS } from "../viewer/colour.js";
import { scaleOf } from "../viewer/scale.js";

/**
 * The ramp's CSS colour at `share`, clamped to 0 … 1.
 * @param {number} share
 */
export const heatColour = (share) => `rgb(${rampColour(Math.min(Math.max(share, 0), 1)).join(" ")})`;

/**
 * A row of heatColour's colours between the labels of its ends.
 * @param {string} low @param {string} high @returns {(string | Node)[]}
 */
export const makeScale = (low, high) => [
  `${low} `,
  scaleOf(SIZE_STOPS.map((_, i) => heatColour(i / (SIZE_STOPS.length - 1)))),
  ` ${high}`,
];
