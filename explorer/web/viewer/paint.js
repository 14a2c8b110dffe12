// One frame of one panel, and the small crops of the photo in the family tree.

import { newCanvas, penOf } from "./canvas.js";
import { mostOf } from "./clip.js";
import { arrowPath, borderRuns, cached, coverCanvas, edgeRuns, fillCanvas, membersPath, runsPath } from "./scene.js";
import { DROPPED } from "./story.js";
import { paintWords } from "./words.js";

/**
 * @import { Heat, Rival } from "./picture.js"
 * @import { Borders, Scene } from "./scene.js"
 * @import { Fill } from "./state.js"
 * @import { Story } from "./story.js"
 *
 * @typedef {{ fill: Fill, largest: number, heat?: Heat | null, rival?: Rival | null }} Look
 * @typedef {Look & { small: true, marks?: undefined }} Thumbnail
 * @typedef {{ hover: number | null, pinned: number | null, keyboard: boolean, arrows: boolean, accent: string }} Marks
 * @typedef {Look & Marks & { small?: boolean, marks?: boolean }} Marked `marks`: a small one has the outlines, too
 */

const DARK = "rgba(0, 0, 0, 0.72)";
const LIGHT = "rgba(255, 255, 255, 0.95)";
const SEAM = "rgba(255, 255, 255, 0.55)"; // between single-word tokens, which have the same grey background
const SHADE = "rgba(0, 0, 0, 0.5)"; // over everything but the pinned token, since strong colours hide its outline
const DIMMED = new Set(["region", "size"]);
const ARROW = "rgb(255, 200, 40)"; // borders are white

// Light on dark is visible on any picture.
// Odd widths on half pixels (see runsPath) keep lines crisp.
/** @param {CanvasRenderingContext2D} ctx @param {Path2D} path @param {number} width @param {string | null} accent */
function strokeTwice(ctx, path, width, accent = null, light = LIGHT) {
  const inner = 2 * Math.round((width - 1) / 2) + 1;
  /** @type {[string, number][]} */
  const strokes = [
    [DARK, inner + 2 * Math.max(1, Math.round(0.3 * width))],
    [light, inner],
  ];
  if (accent) strokes.push([accent, Math.max(1, inner - 2)]);
  ctx.lineCap = "square";
  ctx.lineJoin = "round";
  for (const [style, lineWidth] of strokes) {
    ctx.strokeStyle = style;
    ctx.lineWidth = lineWidth;
    ctx.stroke(path);
  }
}

const FINEST = 2; // pixels of a patch that its borders would cover

/**
 * @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {Borders} borders @param {boolean} small
 * @param {number} unit
 */
function paintBorders(ctx, { box, patch, story: { words } }, borders, small, unit) {
  if (patch <= FINEST) return;
  ctx.save();
  ctx.beginPath();
  ctx.rect(box.x, box.y, box.width, box.height);
  ctx.clip();
  ctx.lineCap = "butt";
  ctx.lineWidth = 1;
  ctx.strokeStyle = small ? "rgba(0, 0, 0, 0.35)" : words ? SEAM : "rgba(128, 128, 128, 0.4)";
  if (small) ctx.stroke(borders.strong);
  else {
    ctx.stroke(borders.fine);
    ctx.globalAlpha = Math.min(1, patch / 14);
    strokeTwice(ctx, borders.strong, 1.1 * unit);
  }
  ctx.restore();
}

/** @param {CanvasRenderingContext2D} ctx @param {number} unit */
function hatch(ctx, unit) {
  const size = Math.max(4, Math.round(6 * unit));
  const tile = newCanvas(size, size);
  const pen = penOf(tile);
  pen.fillStyle = "rgb(24, 26, 30)";
  pen.fillRect(0, 0, size, size);
  pen.strokeStyle = "rgba(255, 255, 255, 0.5)";
  pen.lineWidth = unit;
  for (const shift of [-size, 0, size]) {
    pen.moveTo(shift, size);
    pen.lineTo(shift + size, 0);
  }
  pen.stroke();
  return ctx.createPattern(tile, "repeat") ?? pen.fillStyle;
}

/**
 * @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {number} index @param {Marked} look
 * @param {number} unit
 */
function paintMarks(ctx, scene, index, look, unit) {
  const { story } = scene;
  const layer = story.layers[index];
  const { labels } = layer.all ?? layer; // the hovered or pinned patch may be in another frame
  /** @param {number} patch @param {number} width @param {string | null} accent */
  const outline = (patch, width, accent = null) => {
    const token = labels[patch];
    if (token === DROPPED) return;
    /** @param {number} k */
    const inside = (k) => k >= 0 && layer.labels[k] === token;
    const runs = edgeRuns(story.rows, story.cols, (a, b) => inside(a) !== inside(b));
    strokeTwice(ctx, runsPath(scene, runs), width, accent);
  };
  if (look.pinned !== null && labels[look.pinned] !== DROPPED && DIMMED.has(look.fill) && !look.heat) {
    const rest = new Path2D(membersPath(scene, layer, labels[look.pinned]));
    rest.rect(scene.box.x, scene.box.y, scene.box.width, scene.box.height);
    ctx.fillStyle = SHADE;
    ctx.fill(rest, "evenodd");
  }
  if (look.hover !== null && labels[look.hover] !== DROPPED) {
    ctx.fillStyle = "rgba(255, 255, 255, 0.28)";
    ctx.fill(membersPath(scene, layer, labels[look.hover]));
  }
  if (look.hover !== null) outline(look.hover, 2 * unit);
  if (look.pinned !== null) outline(look.pinned, 4 * unit, look.accent);
  if (look.arrows) {
    const path = cached(scene.arrows, index, () => arrowPath(scene, index));
    strokeTwice(ctx, path, 2.2 * unit, null, ARROW);
    ctx.fillStyle = ARROW;
    ctx.fill(path);
  }
  if (look.keyboard && look.hover !== null) {
    /** @param {number} k */
    const inside = (k) => k >= 0 && k + (story.offset ?? 0) === look.hover;
    const runs = edgeRuns(story.rows, story.cols, (a, b) => inside(a) !== inside(b));
    strokeTwice(ctx, runsPath(scene, runs), 4 * unit);
  }
}

/** @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {number} index @param {Thumbnail | Marked} look */
export function paintFrame(ctx, scene, index, look) {
  const { story, box } = scene;
  const layer = story.layers[index];
  const unit = Math.min(Math.max(scene.patch / 26, 0.5), 3);
  const small = look.small ?? false;
  ctx.imageSmoothingEnabled = true;
  ctx.drawImage(scene.base, 0, 0);
  ctx.imageSmoothingEnabled = false;
  ctx.drawImage(coverCanvas(story, index, look), box.x, box.y, box.width, box.height);
  const borders = cached(scene.borders, index, () => {
    const { fine, strong } = borderRuns(story, layer);
    return { fine: runsPath(scene, fine), strong: runsPath(scene, strong), holes: membersPath(scene, layer, DROPPED) };
  });
  scene.hatch ??= hatch(ctx, unit);
  ctx.fillStyle = scene.hatch;
  ctx.fill(borders.holes);
  if (story.words) paintWords(ctx, scene, story.words, layer.labels, small);
  paintBorders(ctx, scene, borders, small, unit);
  if (!look.small || look.marks) paintMarks(ctx, scene, index, look, unit);
}

/**
 * The photo under `patches`, with the rest of their bounding box faded.
 * @param {HTMLCanvasElement} canvas @param {Story} story @param {number[]} patches
 */
export function paintCrop(canvas, story, patches) {
  if (story.frames) {
    paintCrop(canvas, ...mostOf(story, patches));
    return;
  }
  const xs = patches.map((patch) => patch % story.cols);
  const ys = patches.map((patch) => Math.floor(patch / story.cols));
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const [across, down] = [Math.max(...xs) - left + 1, Math.max(...ys) - top + 1];
  const [pw, ph] = [story.view.width / story.cols, story.view.height / story.rows];
  const scale = Math.min(canvas.width / (across * pw), canvas.height / (down * ph));
  const ctx = penOf(canvas);
  ctx.setTransform(1, 0, 0, 1, 0, 0);
  ctx.clearRect(0, 0, canvas.width, canvas.height);
  ctx.translate((canvas.width - across * pw * scale) / 2, (canvas.height - down * ph * scale) / 2);
  ctx.scale(scale, scale);
  const source = story.image ?? fillCanvas(story, 0, "mean", 1);
  const [sx, sy] = story.image
    ? [
        story.image.naturalWidth / story.picture.width,
        story.image.naturalHeight / story.picture.height / (story.whole?.frames.length ?? 1),
      ]
    : [1 / pw, 1 / ph];
  const [ox, oy] = story.image ? [story.view.x, story.view.y + (story.frame ?? 0) * story.picture.height] : [0, 0];
  /** @type {(x: number, y: number, w: number, h: number) => void} */
  const draw = (x, y, w, h) =>
    ctx.drawImage(
      source,
      (ox + x * pw) * sx,
      (oy + y * ph) * sy,
      w * pw * sx,
      h * ph * sy,
      (x - left) * pw,
      (y - top) * ph,
      w * pw,
      h * ph,
    );
  ctx.globalAlpha = 0.2;
  draw(left, top, across, down);
  ctx.globalAlpha = 1;
  patches.forEach((_, i) => draw(xs[i], ys[i], 1, 1));
}
