// A record (see explorer/records/schema.py) decoded once into typed arrays, the story, and queries on it.

import { tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { splitFrames } from "./clip.js";

/**
 * @import { Box, Heard, Layer as RawLayer, Photo, Record, Sound } from "./record_types.js"
 * @import { Clip, Frame, Still } from "./clip.js"
 *
 * @typedef {{ source: number, destination: number, similarity: number | null }} Merge
 * @typedef {HTMLImageElement & { bases?: Map<string, HTMLCanvasElement> }} StoryImage `bases` are shared by panels
 * @typedef {{ rows: number, cols: number }} Grid
 * @typedef {Still | Clip | Frame} Story
 */

/**
 * @typedef {object} Layer
 * @property {number} tokens
 * @property {Uint16Array} labels token of each patch
 * @property {Uint16Array} sizes patches of each token
 * @property {Uint16Array} next token of each token before the layer
 * @property {Uint16Array} born layer of each token's last growth
 * @property {Merge[]} merges
 * @property {Layer} [all] of a frame's layer, the clip's
 * @property {Uint8ClampedArray} [means] colour of each token
 */

/**
 * @typedef {object} Decoded a record in typed arrays
 * @property {string} name
 * @property {string} caption
 * @property {Sound | null} sound
 * @property {Heard | null} heard
 * @property {string[] | null} words
 * @property {Photo} picture
 * @property {Box} view
 * @property {number} rows
 * @property {number} cols
 * @property {number} patches
 * @property {number} prefix
 * @property {Uint8Array} colours RGB of each patch
 * @property {Layer[]} layers
 * @property {number} last
 * @property {number} depth larger than `last` during a run
 * @property {number} largest
 * @property {StoryImage} [image] once it is loaded
 * @property {Map<string, HTMLCanvasElement>} [fills]
 * @property {Int8Array[]} [hues] of the tokens of each layer
 */

export const DROPPED = 65535;

/** @param {string} base64 @param {number} length @param {string} name */
export function decodeBytes(base64, length, name) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (bytes.length !== length) throw new RangeError(`${name} must hold ${length} bytes, got ${bytes.length}`);
  return bytes;
}

/** @param {string} base64 @param {number} patches @param {number} count */
export function decodeLabels(base64, patches, count) {
  const bytes = decodeBytes(base64, 2 * patches, "labels");
  const labels = new Uint16Array(patches);
  for (let k = 0; k < patches; k++) {
    labels[k] = bytes[2 * k] | (bytes[2 * k + 1] << 8);
    if (labels[k] >= count && labels[k] !== DROPPED) {
      throw new RangeError(`labels must be below the ${count} tokens that are left, got ${labels[k]}`);
    }
  }
  return labels;
}

/** @param {Uint16Array} labels @param {number} count */
export function sizesOf(labels, count) {
  const sizes = new Uint16Array(count);
  for (const token of labels) if (token !== DROPPED) sizes[token]++;
  return sizes;
}

/**
 * For each token of `before` its token in `labels`; DROPPED if it was pruned.
 * @param {Uint16Array} before @param {Uint16Array} labels @param {number} count
 */
export function successors(before, labels, count) {
  const next = new Uint16Array(count).fill(DROPPED);
  for (let k = 0; k < before.length; k++) if (before[k] !== DROPPED) next[before[k]] = labels[k];
  return next;
}

// A region is born in the layer of its last growth: its pieces were smaller before.
/** @param {Layer} previous @param {Uint16Array} sizes @param {Uint16Array} next @param {number} index */
function birthLayers(previous, sizes, next, index) {
  const born = new Uint16Array(sizes.length).fill(index);
  next.forEach((token, piece) => {
    if (token !== DROPPED && previous.sizes[piece] === sizes[token]) born[token] = previous.born[piece];
  });
  return born;
}

/**
 * @param {RawLayer} raw @param {number} index @param {Layer | undefined} previous @param {number} prefix
 * @param {number} patches @returns {Layer}
 */
function decodeLayer(raw, index, previous, prefix, patches) {
  const count = raw.tokens - prefix;
  const labels = decodeLabels(raw.labels, patches, count);
  const sizes = sizesOf(labels, count);
  const next = previous ? successors(previous.labels, labels, previous.sizes.length) : new Uint16Array(0);
  const born = previous ? birthLayers(previous, sizes, next, index) : new Uint16Array(count);
  const merges = (raw.source ?? []).map((source, edge) => ({
    source,
    destination: raw.destination[edge],
    similarity: raw.similarity?.[edge] ?? null,
  }));
  return { tokens: raw.tokens, labels, sizes, next, born, merges };
}

/**
 * @param {Record} story from HTTP or a saved page
 * @returns {Still | Clip}
 */
export function decodeStory(story) {
  if (story.version !== 2) throw new RangeError(`version must be 2, got ${story.version}`);
  const {
    frames = null,
    grid: [height, cols],
  } = story;
  const rows = height * (frames?.times.length ?? 1); // a clip is a tall photo, see clip.js
  const patches = rows * cols;
  /** @type {Layer[]} */
  const layers = [];
  for (const raw of story.layers) layers.push(decodeLayer(raw, layers.length, layers.at(-1), story.prefix, patches));
  if (!layers.length) throw new RangeError("layers must hold at least the input, got none");
  /** @type {Still} */
  const decoded = {
    sound: story.sound ?? null,
    heard: story.heard ?? null,
    words: story.text?.words ?? null,
    name: story.name,
    caption: story.caption ?? "",
    picture: story.picture,
    view: story.view,
    rows,
    cols,
    patches,
    prefix: story.prefix,
    colours: decodeBytes(story.colours, 3 * patches, "colours"),
    layers,
    last: layers.length - 1,
    depth: story.depth ?? layers.length - 1, // larger than last during a run
    largest: layers.reduce((most, layer) => layer.sizes.reduce((a, b) => Math.max(a, b), most), 1),
  };
  return frames ? splitFrames(decoded, frames) : decoded;
}

/** @param {unknown} layer @param {number} last */
export function clampLayer(layer, last) {
  return Math.min(Math.max(Math.round(Number(layer) || 0), 0), last);
}

/**
 * Whether tokens of `story` are dropped in the end; the empty cells after a text are none.
 * @param {Pick<Story, "layers" | "words">} story
 */
export function hasDropped({ layers, words }) {
  return layers[layers.length - 1].labels.subarray(0, words?.length).includes(DROPPED);
}

/** @param {{ labels: Uint16Array }} layer @param {number} token */
export function membersOf(layer, token) {
  /** @type {number[]} */
  const members = [];
  layer.labels.forEach((label, patch) => {
    if (label === token) members.push(patch);
  });
  return members;
}

/**
 * Mean row and column of each token's patches, in patch units from the view's top left corner.
 * @param {Layer} layer @param {number} cols
 */
export function centroids(layer, cols) {
  const x = new Float64Array(layer.sizes.length);
  const y = new Float64Array(layer.sizes.length);
  const sizes = layer.all ? sizesOf(layer.labels, x.length) : layer.sizes; // for a frame, sizes within the frame
  layer.labels.forEach((token, patch) => {
    if (token === DROPPED) return;
    x[token] += ((patch % cols) + 0.5) / sizes[token];
    y[token] += (Math.floor(patch / cols) + 0.5) / sizes[token];
  });
  return { x, y };
}

/**
 * Centre of each token's patch nearest to its centroid, which may be outside a region of several parts. NaN for a token
 * without a patch in the frame.
 * @param {Layer} layer @param {number} cols
 */
export function middles(layer, cols) {
  const centre = centroids(layer, cols);
  const x = new Float64Array(layer.sizes.length).fill(NaN);
  const y = new Float64Array(layer.sizes.length).fill(NaN);
  const nearest = new Float64Array(layer.sizes.length).fill(Infinity);
  layer.labels.forEach((token, patch) => {
    if (token === DROPPED) return;
    const at = [(patch % cols) + 0.5, Math.floor(patch / cols) + 0.5];
    const far = Math.hypot(at[0] - centre.x[token], at[1] - centre.y[token]);
    if (far < nearest[token]) [nearest[token], x[token], y[token]] = [far, ...at];
  });
  return { x, y };
}

// Panels may have different grids, so they share points: x and y in [0, 1) of the view.
/** @param {Grid} story @param {number} patch */
export function pointOf(story, patch) {
  return { x: ((patch % story.cols) + 0.5) / story.cols, y: (Math.floor(patch / story.cols) + 0.5) / story.rows };
}

/** @param {Grid} story @param {{ x: number, y: number }} point */
export function patchAt(story, point) {
  return Math.floor(point.y * story.rows) * story.cols + Math.floor(point.x * story.cols);
}

/** @param {Story} story @param {number} layer */
export function layerLabel(story, layer) {
  const index = clampLayer(layer, story.last);
  const { tokens } = story.layers[index];
  return tr("Layer {layer} of {depth}: {tokens} of {all} tokens remain", {
    layer: index,
    depth: story.depth,
    tokens,
    all: story.layers[0].tokens,
  });
}

/**
 * Lowest and highest score in words: with more decimals where two would make them equal, such as 1.00 and 1.00.
 * @param {number[]} scores
 */
export function describeSimilarity(scores) {
  const ends = [Math.min(...scores), Math.max(...scores)];
  const decimals = ends[0].toFixed(2) === ends[1].toFixed(2) && ends[0] !== ends[1] ? 4 : 2;
  const [low, high] = ends.map((score) => fixed(score, decimals));
  return low === high ? tr("similarity {low}", { low }) : tr("similarity {low} to {high}", { low, high });
}

/**
 * Facts about layer `layer` of a photo, in sentences.
 * @param {Story} story @param {number} layer
 */
export function layerFacts(story, layer) {
  const index = clampLayer(layer, story.last);
  const { tokens, merges, sizes } = story.layers[index];
  const before = story.layers[Math.max(index - 1, 0)].tokens;
  const all = story.layers[0].tokens;
  const scores = merges.map((merge) => merge.similarity).filter((score) => score !== null);
  const largest = sizes.reduce((most, size) => Math.max(most, size), 0);
  return [
    index
      ? tr("After layer {layer}: {tokens} of {all} tokens.", { layer: index, tokens, all })
      : tr("Before the first layer: {tokens} of {all} tokens.", { tokens, all }),
    !index
      ? tr("Nothing has merged yet.")
      : scores.length
        ? tr("{count} fewer than before it, {similarity}.", {
            count: before - tokens,
            similarity: describeSimilarity(scores),
          })
        : tr("{count} fewer than before it.", { count: before - tokens }),
    largest === 1
      ? tr("The largest token holds 1 patch.")
      : tr("The largest token holds {largest} patches.", { largest }),
  ];
}

/**
 * The name of a picture without a view; a figure of a view is named by the server.
 * @param {string} name @param {number} layer
 */
export function fileName(name, layer) {
  const end = `-layer-${layer}-picture.png`;
  const stem = String(name)
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/[^A-Za-z0-9._-]+/g, "_")
    .replace(/^[._-]+/, "");
  return (stem.slice(0, 64 - end.length) || "picture") + end;
}
