// A story at a pixel size: positions on the canvas, and cached paths and bitmaps.

import { newCanvas, penOf } from "./canvas.js";
import { drawPhoto } from "./clip.js";
import { fillPixels, regionHues } from "./colour.js";
import { differencePixels, heatPixels } from "./compare.js";
import { middles } from "./story.js";

/**
 * @import { Look } from "./paint.js"
 * @import { Box } from "./record_types.js"
 * @import { Fill } from "./state.js"
 * @import { Layer, Story } from "./story.js"
 *
 * @typedef {[x0: number, y0: number, x1: number, y1: number]} Run
 * @typedef {ReturnType<typeof makeScene>} Scene
 * @typedef {{ fine: Path2D, strong: Path2D, holes: Path2D }} Borders
 */

/**
 * Straight runs [x0, y0, x1, y1] in patch units, along every edge with differs(k, m) for the patches on its two sides
 * (−1: outside the grid).
 * @param {number} rows @param {number} cols @param {(k: number, m: number) => boolean} differs
 */
export function edgeRuns(rows, cols, differs) {
  /** @type {Run[]} */
  const runs = [];
  /**
   * @param {number} lines @param {number} length @param {(line: number, i: number) => number} patch
   * @param {(line: number, from: number, to: number) => void} add
   */
  const scan = (lines, length, patch, add) => {
    for (let line = 0; line <= lines; line++) {
      for (let i = 0, start = -1; i <= length; i++) {
        const before = line > 0 ? patch(line - 1, i) : -1;
        const edge = i < length && differs(before, line < lines ? patch(line, i) : -1);
        if (edge && start < 0) start = i;
        if (!edge && start >= 0) {
          add(line, start, i);
          start = -1;
        }
      }
    }
  };
  scan(
    cols,
    rows,
    (x, y) => y * cols + x,
    (x, from, to) => runs.push([x, from, x, to]),
  );
  scan(
    rows,
    cols,
    (y, x) => y * cols + x,
    (y, from, to) => runs.push([from, y, to, y]),
  );
  return runs;
}

/**
 * Fine edges between single patches, strong ones around merged and dropped ones.
 * @param {Story} story @param {Layer} layer
 */
export function borderRuns(story, layer) {
  /** @param {number} patch */
  const single = (patch) => layer.sizes[layer.labels[patch]] === 1;
  /** @type {(a: number, b: number) => boolean} */
  const meet = (a, b) => a >= 0 && b >= 0 && layer.labels[a] !== layer.labels[b];
  return {
    fine: edgeRuns(story.rows, story.cols, (a, b) => meet(a, b) && single(a) && single(b)),
    strong: edgeRuns(story.rows, story.cols, (a, b) => meet(a, b) && !(single(a) && single(b))),
  };
}

/** @param {Story} story @param {number} width @param {number} height @param {string} veil */
export function makeScene(story, width, height, veil) {
  const { view, picture } = story;
  const [sx, sy] = [width / picture.width, height / picture.height];
  const box = { x: view.x * sx, y: view.y * sy, width: view.width * sx, height: view.height * sy };
  const patch = Math.min(box.width / story.cols, box.height / story.rows);
  return {
    story,
    width,
    height,
    veil,
    box,
    patch,
    base: sharedBase(story, width, height, box, veil),
    /** @type {CanvasPattern | string | null} */
    hatch: null,
    /** @type {Map<number, Borders>} */
    borders: new Map(),
    /** @type {Map<number, Path2D>} */
    arrows: new Map(),
  };
}

const MOST_BASES = 4; // panels of a page differ by a pixel at most; resizing a window leaves old ones behind

// High-quality scaling of a photo is the slowest part of a frame, and panels of a page share the photo.
/**
 * @param {Story} story @param {number} width @param {number} height @param {Box} box @param {string} veil
 * @returns {HTMLCanvasElement}
 */
function sharedBase(story, width, height, box, veil) {
  if (!story.image || story.whole) return paintBase(story, width, height, box, veil);
  const bases = (story.image.bases ??= new Map());
  if (bases.size > MOST_BASES) bases.clear();
  return cached(bases, JSON.stringify([width, height, box, veil]), () => paintBase(story, width, height, box, veil));
}

/** @param {Story} story @param {Uint8ClampedArray<ArrayBuffer>} pixels */
function pixelCanvas(story, pixels) {
  const canvas = newCanvas(story.cols, story.rows);
  penOf(canvas).putImageData(new ImageData(pixels, story.cols, story.rows), 0, 0);
  return canvas;
}

const BLANK = "rgb(96, 104, 114)"; // under a text, whose colours encode positions

// The photo with a veil outside the model's view; until it is decoded, the patches' mean colours.
/** @param {Story} story @param {number} width @param {number} height @param {Box} box @param {string} veil */
function paintBase(story, width, height, box, veil) {
  const canvas = newCanvas(width, height);
  const ctx = penOf(canvas);
  ctx.imageSmoothingQuality = "high";
  if (story.image) drawPhoto(ctx, story, width, height);
  else if (story.words) {
    ctx.fillStyle = BLANK;
    ctx.fillRect(box.x, box.y, box.width, box.height);
  } else {
    ctx.imageSmoothingEnabled = false;
    ctx.drawImage(fillCanvas(story, 0, "patches", 1), box.x, box.y, box.width, box.height);
  }
  ctx.globalAlpha = 0.72;
  ctx.fillStyle = veil;
  ctx.beginPath();
  ctx.rect(0, 0, width, height);
  ctx.rect(box.x, box.y, box.width, box.height);
  ctx.fill("evenodd");
  return canvas;
}

/** @template Key, Value @param {Map<Key, Value>} map @param {Key} key @param {() => Value} make */
export function cached(map, key, make) {
  const known = map.get(key);
  if (known !== undefined) return known;
  const made = make();
  map.set(key, made);
  return made;
}

/** @param {Story} story @param {number} index @param {Fill | "patches"} fill @param {number} largest */
export function fillCanvas(story, index, fill, largest) {
  story.fills ??= new Map();
  return cached(story.fills, `${fill} ${index} ${fill === "size" ? largest : ""}`, () => {
    const all = story.whole ?? story; // a region has the same hue in all frames
    if (fill === "region") all.hues ??= regionHues(all);
    return pixelCanvas(story, fillPixels(story, story.layers[index], fill, all.hues?.[index], largest));
  });
}

/**
 * The layer over the photo: heat of a pinned patch, difference from another panel, or a fill.
 * @param {Story} story @param {number} index @param {Look} look
 */
export function coverCanvas(story, index, { heat, rival, fill, largest }) {
  if (heat)
    return cached(heat.canvases, index, () => pixelCanvas(story, heatPixels(heat.layers[index], story.patches)));
  if (fill !== "difference") return fillCanvas(story, index, fill, largest);
  if (!rival || rival.patches !== story.patches) return fillCanvas(story, index, "photo", largest);
  const other = rival.layers[Math.min(index, rival.last)];
  return cached(rival.canvases, index, () => pixelCanvas(story, differencePixels(story.layers[index], other)));
}

/** @param {Scene} scene @param {Run[]} runs */
export function runsPath(scene, runs) {
  const { box, story } = scene;
  /** @param {number} x */
  const px = (x) => Math.round(box.x + (x * box.width) / story.cols) + 0.5;
  /** @param {number} y */
  const py = (y) => Math.round(box.y + (y * box.height) / story.rows) + 0.5;
  const path = new Path2D();
  for (const [x0, y0, x1, y1] of runs) {
    path.moveTo(px(x0), py(y0));
    path.lineTo(px(x1), py(y1));
  }
  return path;
}

/** @param {Scene} scene @param {Layer} layer @param {number} token */
export function membersPath(scene, layer, token) {
  const { box, story } = scene;
  const path = new Path2D();
  layer.labels.forEach((label, patch) => {
    if (label !== token) return;
    const [x, y] = [patch % story.cols, Math.floor(patch / story.cols)];
    const left = Math.round(box.x + (x * box.width) / story.cols);
    const top = Math.round(box.y + (y * box.height) / story.rows);
    path.rect(
      left,
      top,
      Math.round(box.x + ((x + 1) * box.width) / story.cols) - left,
      Math.round(box.y + ((y + 1) * box.height) / story.rows) - top,
    );
  });
  return path;
}

/** @param {Scene} scene @param {number} index */
export function arrowPath(scene, index) {
  const { story, box, patch } = scene;
  const layer = story.layers[index];
  const path = new Path2D();
  if (index === 0) return path;
  const { x, y } = middles(story.layers[index - 1], story.cols);
  for (const { source, destination } of layer.merges) {
    const [x0, x1] = [x[source], x[destination]].map((at) => box.x + (at * box.width) / story.cols);
    if (Number.isNaN(x[source]) || Number.isNaN(x[destination])) continue; // the merge is with another frame
    const [y0, y1] = [y[source], y[destination]].map((at) => box.y + (at * box.height) / story.rows);
    const angle = Math.atan2(y1 - y0, x1 - x0);
    const head = Math.min(0.45 * patch, 0.5 * Math.hypot(x1 - x0, y1 - y0));
    path.moveTo(x0, y0);
    path.lineTo(x1, y1);
    path.lineTo(x1 - head * Math.cos(angle - 0.45), y1 - head * Math.sin(angle - 0.45));
    path.lineTo(x1 - head * Math.cos(angle + 0.45), y1 - head * Math.sin(angle + 0.45));
    path.lineTo(x1, y1);
  }
  return path;
}
