// What a comparison adds to a panel: how similar a pinned patch is to every other, and where the panel's groups differ
// from those of a reference panel.

import { rampColour } from "./colour.js";
import { DROPPED, decodeBytes } from "./story.js";

// The byte of a patch that is gone; the others run from 0, the lowest similarity of the layer, to 254, the highest.
export const GONE = 255;
const HEAT_ALPHA = Math.round(0.78 * 255);
const DIFFERENT = [213, 94, 0];

/** One panel's heat: a layer is null where nothing was compared. */
export function decodeHeat(raw, patches) {
  return raw.map((layer) => layer && { ...layer, values: decodeBytes(layer.values, patches, "values") });
}

export function heatAt(layer, patch) {
  const byte = layer.values[patch];
  return byte === GONE ? null : layer.low + (byte / (GONE - 1)) * (layer.high - layer.low);
}

/** The first of the most similar patches that are still there. */
export function closestOf({ values }) {
  let best = null;
  values.forEach((byte, patch) => {
    if (byte !== GONE && (best === null || byte > values[best])) best = patch;
  });
  return best;
}

/** RGBA of every patch. A layer that compared nothing leaves the photo as it is. */
export function heatPixels(layer, patches) {
  const pixels = new Uint8ClampedArray(4 * patches);
  layer?.values.forEach((byte, patch) => {
    if (byte !== GONE) pixels.set([...rampColour(byte / (GONE - 1)), HEAT_ALPHA], 4 * patch);
  });
  return pixels;
}

/**
 * For every patch, the share of the patches in its group here or in the other panel that are not in both: 0 where the
 * two groups are the same set. Dropped here and kept there counts 1.
 */
export function differences(layer, other) {
  const both = new Map();
  const pair = (patch) => layer.labels[patch] * 65536 + other.labels[patch];
  layer.labels.forEach((_, patch) => both.set(pair(patch), (both.get(pair(patch)) ?? 0) + 1));
  return Float64Array.from(layer.labels, (token, patch) => {
    const there = other.labels[patch];
    if (token === DROPPED || there === DROPPED) return token === there ? 0 : 1;
    const shared = both.get(pair(patch));
    return 1 - shared / (layer.sizes[token] + other.sizes[there] - shared);
  });
}

/** Red, green, blue and opacity of a patch of whose two groups `share`, above 0 … 1, is not common. */
export function differenceShade(share) {
  return [...DIFFERENT, 0.25 + 0.65 * share];
}

/** RGBA of every patch: the stronger, the fewer patches the two groups share. */
export function differencePixels(layer, other) {
  const pixels = new Uint8ClampedArray(4 * layer.labels.length);
  differences(layer, other).forEach((share, patch) => {
    if (!share) return;
    const [r, g, b, opacity] = differenceShade(share);
    pixels.set([r, g, b, Math.round(255 * opacity)], 4 * patch);
  });
  return pixels;
}
