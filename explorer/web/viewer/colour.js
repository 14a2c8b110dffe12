// Fills of patches: the mean colour of the region, a hue per region, or a scale of sizes.

import { DROPPED } from "./story.js";

/**
 * @import { Fill } from "./state.js"
 * @import { Layer, Story } from "./story.js"
 */

// Okabe and Ito's palette, safe for colour-vision deficiency, without its black.
export const HUES = [
  [230, 159, 0],
  [86, 180, 233],
  [0, 158, 115],
  [240, 228, 66],
  [0, 114, 178],
  [213, 94, 0],
  [204, 121, 167],
];

// Seventeen more for texts, whose regions do not touch: each was chosen as far as possible from those before it and from the
// grey of single words, in CIELAB, for normal vision, protanopia and deuteranopia.
export const TEXT_HUES = [
  ...HUES,
  [0, 30, 180],
  [120, 0, 15],
  [0, 255, 150],
  [105, 0, 90],
  [180, 240, 255],
  [0, 120, 255],
  [150, 105, 45],
  [165, 180, 75],
  [30, 90, 60],
  [0, 60, 150],
  [195, 0, 0],
  [0, 0, 255],
  [135, 255, 210],
  [0, 75, 255],
  [120, 150, 255],
  [90, 180, 105],
  [180, 255, 120],
];

// Stops of cividis: lightness rises evenly, with or without colour vision.
export const SIZE_STOPS = [
  [0, 34, 78],
  [18, 53, 112],
  [59, 73, 108],
  [87, 93, 109],
  [112, 113, 115],
  [138, 134, 120],
  [165, 156, 116],
  [195, 179, 105],
  [225, 204, 85],
  [254, 232, 56],
];

// How easily two adjacent hues are confused; equal hues outweigh everything else.
const CLASH = TEXT_HUES.map((a) =>
  TEXT_HUES.map((b) => (a === b ? 100 : Math.exp(-Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]) / 60))),
);
const ANYWHERE = 0.25; // edges of a border that count as much as being in the text at all: its words are compared from afar
const UNSEEN = 0.01; // the same for the hue that a grey word will have

const OVERLAY = Math.round(0.82 * 255);

/**
 * Length of the common border of adjacent regions: a Map (neighbour → edges) per token.
 * @param {Layer} layer @param {number} rows @param {number} cols
 */
export function neighboursOf(layer, rows, cols) {
  /** @type {Map<number, number>[]} */
  const neighbours = Array.from(layer.sizes, () => new Map());
  /** @type {(a: number, b: number) => void} */
  const meet = (a, b) => {
    if (a === b || a === DROPPED || b === DROPPED) return;
    neighbours[a].set(b, (neighbours[a].get(b) ?? 0) + 1);
    neighbours[b].set(a, (neighbours[b].get(a) ?? 0) + 1);
  };
  for (let patch = 0; patch < rows * cols; patch++) {
    if ((patch + 1) % cols) meet(layer.labels[patch], layer.labels[patch + 1]);
    if (patch + cols < rows * cols) meet(layer.labels[patch], layer.labels[patch + cols]);
  }
  return neighbours;
}

// The least clashing hue along the border of `token`; among equals, the one with the fewest patches so far.
/**
 * @param {Int8Array} hues @param {Map<number, number>[]} neighbours @param {number} token
 * @param {ReturnType<typeof tally>} so
 */
function freestHue(hues, neighbours, token, { cover, elsewhere, seen }) {
  const cost = elsewhere.slice();
  for (const [other, edges] of neighbours[token]) {
    if (hues[other] >= 0 && seen(other))
      cost.forEach((_, hue) => {
        cost[hue] += edges * CLASH[hue][hues[other]];
      });
  }
  let best = 0;
  for (let hue = 1; hue < cost.length; hue++) {
    if (cost[hue] < cost[best] || (cost[hue] === cost[best] && cover[hue] < cover[best])) best = hue;
  }
  return best;
}

// The largest piece of each region inherits its hue; the others are undecided (−1).
/** @param {Layer} layer @param {Uint16Array} [next] @param {Int8Array} [hues] */
function inheritHues(layer, next = new Uint16Array(0), hues = new Int8Array(0)) {
  /** @type {Map<number, number>} */
  const heirs = new Map();
  next.forEach((token, piece) => {
    const heir = heirs.get(token);
    if (token !== DROPPED && (heir === undefined || layer.sizes[piece] > layer.sizes[heir])) heirs.set(token, piece);
  });
  const inherited = new Int8Array(layer.sizes.length).fill(-1);
  for (const [token, piece] of heirs) inherited[piece] = hues[token];
  return inherited;
}

// What is decided so far: patches by hue, and how much each hue clashes with those anywhere in a text.
/** @param {Layer} layer @param {Int8Array} hues @param {string[] | null} words */
function tally(layer, hues, words) {
  const count = words ? TEXT_HUES.length : HUES.length;
  const [cover, elsewhere] = [new Float64Array(count), new Float64Array(count)];
  /** @param {number} token */
  const seen = (token) => !words || layer.sizes[token] > 1;
  /** @param {number} token */
  const add = (token) => {
    cover[hues[token]] += layer.sizes[token];
    const weight = seen(token) ? ANYWHERE : UNSEEN;
    if (words) for (let hue = 0; hue < count; hue++) elsewhere[hue] += weight * CLASH[hue][hues[token]];
  };
  hues.forEach((hue, token) => {
    if (hue >= 0) add(token);
  });
  return { cover, elsewhere, seen, add };
}

/**
 * Hue of each token in every layer, assigned from the last layer backwards: adjacent pieces belong to adjacent regions,
 * so hues that differ at the end differ in all layers, and a region keeps its hue while it grows. The single words of a
 * text, which are grey, take none (−1), so that the regions have more to share.
 * @param {Story} story
 */
export function regionHues(story) {
  /** @type {Int8Array<ArrayBuffer>[]} */
  const all = [];
  for (let index = story.last; index >= 0; index--) {
    const layer = story.layers[index];
    const hues = inheritHues(layer, story.layers[index + 1]?.next, all[index + 1]);
    const neighbours = neighboursOf(layer, story.rows, story.cols);
    const so = tally(layer, hues, story.words);
    const open = [...hues.keys()]
      .filter((token) => hues[token] < 0 && so.seen(token))
      .sort((a, b) => layer.sizes[b] - layer.sizes[a]);
    for (const token of open) {
      hues[token] = freestHue(hues, neighbours, token, so);
      so.add(token);
    }
    all[index] = hues;
  }
  return all;
}

/**
 * The mean of `colours`, RGB one after another.
 * @param {Uint8Array} colours
 */
export function meanColour(colours) {
  const sums = [0, 0, 0];
  colours.forEach((value, i) => {
    sums[i % 3] += value;
  });
  return sums.map((sum) => (3 * sum) / colours.length);
}

/** @param {Story} story @param {Layer} layer */
export function meanColours(story, layer) {
  const sums = new Float64Array(3 * layer.sizes.length);
  layer.labels.forEach((token, patch) => {
    if (token === DROPPED) return;
    for (let channel = 0; channel < 3; channel++) sums[3 * token + channel] += story.colours[3 * patch + channel];
  });
  return Uint8ClampedArray.from(sums, (sum, i) => sum / (layer.sizes[Math.floor(i / 3)] || 1));
}

// A token has the same colour in all frames of a clip.
/** @param {Story} story @param {Layer} layer */
function meansOf(story, layer) {
  const all = layer.all ?? layer;
  return (all.means ??= meanColours(story.whole ?? story, all));
}

/**
 * The colour of a size, on a logarithmic scale: sizes range from one patch to half the picture.
 * @param {number} size @param {number} largest
 */
export function sizeColour(size, largest) {
  return rampColour(largest > 1 ? Math.log(size) / Math.log(largest) : 0);
}

/**
 * The colour at `share`, 0 … 1, of the ramp from dark blue to yellow.
 * @param {number} share
 */
export function rampColour(share) {
  const place = share * (SIZE_STOPS.length - 1);
  const low = Math.min(Math.floor(place), SIZE_STOPS.length - 2);
  return SIZE_STOPS[low].map((channel, i) => Math.round(channel + (place - low) * (SIZE_STOPS[low + 1][i] - channel)));
}

/**
 * RGBA of every patch; transparent where the photo shows: at single patches in the fills "mean" and "region",
 * everywhere in "patches". `hues` is regionHues' result for this layer.
 * @param {Story} story @param {Layer} layer @param {Fill | "patches"} fill @param {Int8Array | undefined} hues
 * @param {number} largest
 */
export function fillPixels(story, layer, fill, hues, largest) {
  const pixels = new Uint8ClampedArray(4 * story.patches);
  const means = fill === "mean" || fill === "patches" ? meansOf(story, layer) : null;
  layer.labels.forEach((token, patch) => {
    if (token === DROPPED || fill === "photo") return;
    if ((fill === "region" || fill === "mean") && layer.sizes[token] === 1) return;
    /** @type {number[] | Uint8ClampedArray} */
    let colour;
    if (means) colour = means.subarray(3 * token, 3 * token + 3);
    else colour = fill === "region" && hues ? TEXT_HUES[hues[token]] : sizeColour(layer.sizes[token], largest);
    pixels.set([...colour, means ? 255 : OVERLAY], 4 * patch);
  });
  return pixels;
}
