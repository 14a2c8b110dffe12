// The history of merges: of a region, and as the family tree of a patch.

import { inRow, tr } from "../page/language.js";
import { countSaid, framesWith, isPictured, partsSaid, placeOf } from "./clip.js";
import { DROPPED, describeSimilarity, membersOf } from "./story.js";

/**
 * @import { Clip } from "./clip.js"
 * @import { Layer, Story } from "./story.js"
 *
 * @typedef {{ patches: number[], similarity: number | null }} Piece
 * @typedef {{ layer: number, own: number[], pieces: Piece[], size: number }} Step
 * @typedef {{ born: number, patch: number, pieces: Branch[] }} Branch
 */

/**
 * Similarities of the merges that formed `token` in its birth layer, or null if unknown.
 * @param {Story} story @param {number} index @param {number} token
 */
export function birthSimilarities(story, index, token) {
  const patch = story.layers[index].labels.indexOf(token);
  const layer = story.layers[story.layers[index].born[token]];
  const scores = layer.merges
    .filter((merge) => layer.next[merge.source] === layer.labels[patch])
    .map((merge) => merge.similarity)
    .filter((score) => score !== null);
  return scores.length ? scores : null;
}

// A piece that was a source has its own score; the destination has that of the edge to it.
/** @param {Layer} layer @param {number} piece @param {number} own */
function pieceSimilarity(layer, piece, own) {
  const edge =
    layer.merges.find((merge) => merge.source === piece) ??
    layer.merges.find((merge) => merge.source === own && merge.destination === piece);
  return edge?.similarity ?? null;
}

/**
 * The layers in which the token of `patch` grew, in order, and the layer in which it was dropped, or null.
 * A step holds the token's patches before the merge, and the merged pieces with their patches and similarity.
 * @param {Story} story @param {number} patch @returns {{ steps: Step[], dropped: number | null }}
 */
export function familyOf(story, patch) {
  /** @type {Step[]} */
  const steps = [];
  for (let index = 1; index <= story.last; index++) {
    const before = story.layers[index - 1];
    const layer = story.layers[index];
    const own = before.labels[patch];
    if (layer.labels[patch] === DROPPED) return { steps, dropped: index };
    if (before.sizes[own] === layer.sizes[layer.labels[patch]]) continue;
    /** @type {Piece[]} */
    const pieces = [];
    layer.next.forEach((token, piece) => {
      if (token !== layer.labels[patch] || piece === own) return;
      pieces.push({ patches: membersOf(before, piece), similarity: pieceSimilarity(layer, piece, own) });
    });
    steps.push({ layer: index, own: membersOf(before, own), pieces, size: layer.sizes[layer.labels[patch]] });
  }
  return { steps, dropped: null };
}

/**
 * The first layer after which the token of `patch` spans several frames, or null.
 * @param {Clip} story @param {number} patch
 */
export function spansFrom(story, patch) {
  const layer = story.layers.findIndex(({ labels }) => {
    if (labels[patch] === DROPPED) return false;
    return framesWith(story, membersOf({ labels }, labels[patch])).length > 1;
  });
  return layer < 0 ? null : layer;
}

/**
 * Merge tree under `token` of layer `index`: a node holds its birth layer, one patch and its pieces.
 * @param {Story} story @param {number} index @param {number} token @returns {Branch}
 */
export function mergeTree(story, index, token) {
  const born = story.layers[index].born[token];
  const patch = story.layers[index].labels.indexOf(token);
  if (born === 0) return { born, patch, pieces: [] };
  const layer = story.layers[born];
  /** @type {Branch[]} */
  const pieces = [];
  layer.next.forEach((next, piece) => {
    if (next === layer.labels[patch]) pieces.push(mergeTree(story, born - 1, piece));
  });
  return { born, patch, pieces };
}

/** @param {Story} story @param {number} index @param {number} patch */
export function describeRegion(story, index, patch) {
  const layer = story.layers[index];
  const token = layer.labels[patch];
  const place = placeOf(story, patch);
  if (token === DROPPED) {
    const pruned = story.layers.findIndex((step) => step.labels[patch] === DROPPED);
    return [tr("Dropped patch"), tr("pruned in layer {pruned}", { pruned }), place];
  }
  const size = layer.sizes[token];
  if (size === 1) return [countSaid(story, 1), tr("a token of its own"), place];
  const scores = birthSimilarities(story, index, token);
  const members = membersOf(layer, token);
  const born = tr("last merge in layer {layer}", { layer: layer.born[token] });
  const merge = inRow([born, scores && describeSimilarity(scores)], ", ");
  const held = tr("one token of {count}", { count: countSaid(story, size) });
  if (!isPictured(story)) return [held, merge, partsSaid(story, members)];
  if (!story.frames) return [held, merge, place];
  const among = { held, count: framesWith(story, members).length, all: story.frames.length };
  return [tr("{held} in {count} of {all} frames", among), merge, place];
}
