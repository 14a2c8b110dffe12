// Shares as colours, and the legend of them.

import { rampColour, SIZE_STOPS } from "../viewer/colour.js";
import { scaleOf } from "../viewer/scale.js";

/** The ramp's colour at `share`, in CSS; what is beyond 0 … 1 has the colour of the end. */
export const heatColour = (share) => `rgb(${rampColour(Math.min(Math.max(share, 0), 1)).join(" ")})`;

/** The colours of heatColour in a row, between the words for its ends. */
export const makeScale = (low, high) => [
  `${low} `,
  scaleOf(SIZE_STOPS.map((_, i) => heatColour(i / (SIZE_STOPS.length - 1)))),
  ` ${high}`,
];
