// Overlays of a comparison: similarities of a pinned patch to all others, and differences from the groups of a
// reference panel.

import { rampColour } from "./colour.js";
import { DROPPED, decodeBytes } from "./story.js";

/**
 * @import { Layer } from "./story.js"
 *
 * @typedef {{ low: number, high: number }} Range
 * @typedef {(Range & { values: string } | null)[]} RawHeat similarities to a patch in each layer, as the server has them
 * @typedef {Range & { values: Uint8Array }} LayerHeat
 */

// Byte of a dropped patch; others range from 0, the layer's lowest similarity, to 254, the highest.
export const GONE = 255;
const HEAT_ALPHA = Math.round(0.78 * 255);
const DIFFERENT = [213, 94, 0];

/**
 * One panel's heat; layers without a comparison are null.
 * @param {RawHeat} raw @param {number} patches
 */
export function decodeHeat(raw, patches) {
  return raw.map((layer) => layer && { ...layer, values: decodeBytes(layer.values, patches, "values") });
}

/** @param {LayerHeat} layer @param {number} patch */
export function heatAt(layer, patch) {
  const byte = layer.values[patch];
  return byte === GONE ? null : layer.low + (byte / (GONE - 1)) * (layer.high - layer.low);
}

/**
 * The first of the most similar remaining patches.
 * @param {LayerHeat} layer @returns {number | null}
 */
export function closestOf({ values }) {
  /** @type {number | null} */
  let best = null;
  values.forEach((byte, patch) => {
    if (byte !== GONE && (best === null || byte > values[best])) best = patch;
  });
  return best;
}

/**
 * RGBA of every patch; all transparent for a layer without a comparison.
 * @param {LayerHeat | null} layer @param {number} patches
 */
export function heatPixels(layer, patches) {
  const pixels = new Uint8ClampedArray(4 * patches);
  layer?.values.forEach((byte, patch) => {
    if (byte !== GONE) pixels.set([...rampColour(byte / (GONE - 1)), HEAT_ALPHA], 4 * patch);
  });
  return pixels;
}

/**
 * Jaccard distance of every patch's groups here and in the other panel: 0 for equal groups; 1 for a patch dropped in
 * only one of them.
 * @param {Layer} layer @param {Layer} other
 */
export function differences(layer, other) {
  /** @type {Map<number, number>} */
  const both = new Map();
  /** @param {number} patch */
  const pair = (patch) => layer.labels[patch] * 65536 + other.labels[patch];
  layer.labels.forEach((_, patch) => both.set(pair(patch), (both.get(pair(patch)) ?? 0) + 1));
  return Float64Array.from(layer.labels, (token, patch) => {
    const there = other.labels[patch];
    if (token === DROPPED || there === DROPPED) return token === there ? 0 : 1;
    const shared = both.get(pair(patch)) ?? 0;
    return 1 - shared / (layer.sizes[token] + other.sizes[there] - shared);
  });
}

/**
 * RGBA of a patch with the Jaccard distance `share`, above 0 and up to 1.
 * @param {number} share
 */
export function differenceShade(share) {
  return [...DIFFERENT, 0.25 + 0.65 * share];
}

/**
 * RGB of the same shade as it looks over the colour `ground`.
 * @param {number} share @param {number[]} ground
 */
export function differenceSeen(share, ground) {
  const [r, g, b, opacity] = differenceShade(share);
  return [r, g, b].map((value, channel) => Math.round(opacity * value + (1 - opacity) * ground[channel]));
}

/**
 * RGBA of every patch: stronger with fewer patches in common.
 * @param {Layer} layer @param {Layer} other
 */
export function differencePixels(layer, other) {
  const pixels = new Uint8ClampedArray(4 * layer.labels.length);
  differences(layer, other).forEach((share, patch) => {
    if (!share) return;
    const [r, g, b, opacity] = differenceShade(share);
    pixels.set([r, g, b, Math.round(255 * opacity)], 4 * patch);
  });
  return pixels;
}
