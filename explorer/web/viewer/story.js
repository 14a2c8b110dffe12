// A record (see explorer/records/schema.py) decoded once into typed arrays, the story, and queries on it.

import { tr } from "../page/language.js";
import { splitFrames } from "./clip.js";
import { fixed } from "./number.js";

export const DROPPED = 65535;

export function decodeBytes(base64, length, name) {
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  if (bytes.length !== length) throw new RangeError(`${name} must hold ${length} bytes, got ${bytes.length}`);
  return bytes;
}

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

export function sizesOf(labels, count) {
  const sizes = new Uint16Array(count);
  for (const token of labels) if (token !== DROPPED) sizes[token]++;
  return sizes;
}

/** For each token of `before` its token in `labels`; DROPPED if it was pruned. */
export function successors(before, labels, count) {
  const next = new Uint16Array(count).fill(DROPPED);
  for (let k = 0; k < before.length; k++) if (before[k] !== DROPPED) next[before[k]] = labels[k];
  return next;
}

// A region is born in the layer of its last growth: its pieces were smaller before.
function birthLayers(previous, layer, index) {
  const born = new Uint16Array(layer.sizes.length).fill(index);
  layer.next.forEach((token, piece) => {
    if (token !== DROPPED && previous.sizes[piece] === layer.sizes[token]) born[token] = previous.born[piece];
  });
  return born;
}

/** @param {import("./record_types.js").Layer} raw */
function decodeLayer(raw, index, previous, prefix, patches) {
  const count = raw.tokens - prefix;
  const labels = decodeLabels(raw.labels, patches, count);
  const layer = { tokens: raw.tokens, labels, sizes: sizesOf(labels, count) };
  layer.next = previous ? successors(previous.labels, labels, previous.sizes.length) : new Uint16Array(0);
  layer.born = previous ? birthLayers(previous, layer, index) : new Uint16Array(count);
  layer.merges = (raw.source ?? []).map((source, edge) => ({
    source,
    destination: raw.destination[edge],
    similarity: raw.similarity?.[edge] ?? null,
  }));
  return layer;
}

/** @param {import("./record_types.js").Record} story a record, from HTTP or a saved page */
export function decodeStory(story) {
  if (story.version !== 2) throw new RangeError(`version must be 2, got ${story.version}`);
  const {
    frames = null,
    grid: [height, cols],
  } = story;
  const rows = height * (frames?.times.length ?? 1); // a clip is a tall photo, see clip.js
  const patches = rows * cols;
  const layers = [];
  for (const raw of story.layers) layers.push(decodeLayer(raw, layers.length, layers.at(-1), story.prefix, patches));
  if (!layers.length) throw new RangeError("layers must hold at least the input, got none");
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

export function clampLayer(layer, last) {
  return Math.min(Math.max(Math.round(Number(layer) || 0), 0), last);
}

/** Whether tokens of `story` are dropped in the end; the empty cells after a text are none. */
export function hasDropped({ layers, words }) {
  return layers.at(-1).labels.subarray(0, words?.length).includes(DROPPED);
}

export function membersOf(layer, token) {
  const members = [];
  layer.labels.forEach((label, patch) => {
    if (label === token) members.push(patch);
  });
  return members;
}

/** Mean row and column of each token's patches, in patch units from the view's top left corner. */
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
export function pointOf(story, patch) {
  return { x: ((patch % story.cols) + 0.5) / story.cols, y: (Math.floor(patch / story.cols) + 0.5) / story.rows };
}

export function patchAt(story, point) {
  return Math.floor(point.y * story.rows) * story.cols + Math.floor(point.x * story.cols);
}

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

/** Lowest and highest score in words: with more decimals where two would make them equal, such as 1.00 and 1.00. */
export function describeSimilarity(scores) {
  const ends = [Math.min(...scores), Math.max(...scores)];
  const decimals = ends[0].toFixed(2) === ends[1].toFixed(2) && ends[0] !== ends[1] ? 4 : 2;
  const [low, high] = ends.map((score) => fixed(score, decimals));
  return low === high ? tr("similarity {low}", { low }) : tr("similarity {low} to {high}", { low, high });
}

/** Facts about layer `layer` of a photo, in sentences. */
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

/** The name of a picture without a view; a figure of a view is named by the server. */
export function fileName(name, layer) {
  const end = `-layer-${layer}-picture.png`;
  const stem = String(name)
    .replace(/\.[A-Za-z0-9]{1,5}$/, "")
    .replace(/[^A-Za-z0-9._-]+/g, "_")
    .replace(/^[._-]+/, "");
  return (stem.slice(0, 64 - end.length) || "picture") + end;
}
