// PNG of the view at twice its size, if the app takes it back; panels in rows under their titles, with the legend below.

import { retell, tr } from "../page/language.js";
import { endsOf } from "../page/number.js";
import { newCanvas, penOf } from "./canvas.js";
import { saveBlob } from "./export.js";
import { drawLegend, heightOf, linesOf, piecesOf } from "./legend_picture.js";
import { paintFrame } from "./paint.js";
import { withOrigin } from "./png.js";
import { makeScene } from "./scene.js";
import { withSeconds } from "./seconds.js";
import { clampLayer, fileName } from "./story.js";

/**
 * @import { Placed } from "./legend_picture.js"
 * @import { Panel } from "./panel.js"
 * @import { State } from "./state.js"
 *
 * @typedef {{ width: number, height: number }} Size
 */

const GAP = 32;
const TITLE = 64;
const LONGEST = 4096;
const COLUMNS = 4;
const WIDEST = 3072; // of a sheet
const MOST_PIXELS = 3e6; // at 3 bytes each, as noise has them, still below the 10 MB that can be dropped on the app

/** @param {Panel} panel */
function sizeOf(panel) {
  const { picture } = panel.shown;
  const wanted = 2 * Math.max(panel.canvas.clientWidth * (window.devicePixelRatio || 1), picture.width);
  const shape = picture.width / picture.height;
  const width = Math.round(Math.min(wanted, LONGEST, LONGEST * shape, Math.sqrt(MOST_PIXELS * shape)));
  return { width, height: Math.round(width / shape) };
}

/** @param {Panel} panel @param {State} state @param {Size} size */
function panelCanvas(panel, state, { width, height }) {
  const canvas = newCanvas(width, height);
  const scene = makeScene(panel.shown, canvas.width, canvas.height, state.veil);
  const look = { ...panel.look(state), hover: null };
  paintFrame(penOf(canvas), scene, clampLayer(state.layer, panel.story.last), look);
  return withSeconds(canvas, panel.story, state);
}

/**
 * Places of pictures in rows, and the size of all of them, in whole pixels; `sizes` are {width, height}, already reduced
 * by `scale`.
 * @param {Size[]} sizes
 */
export function inRows(sizes, scale = 1) {
  const columns = Math.min(sizes.length, COLUMNS);
  const wide = Math.max(...sizes.map(({ width }) => width));
  const title = Math.round(Math.max(TITLE * scale, wide / 14)); // readable at the size of a slide
  const gap = Math.round(GAP * scale);
  /** @type {{ x: number, y: number }[]} */
  const places = [];
  let y = 0;
  for (let start = 0; start < sizes.length; start += columns) {
    const row = sizes.slice(start, start + columns);
    row.forEach((_, i) => {
      places.push({ x: i * (wide + gap), y });
    });
    y += title + Math.max(...row.map(({ height }) => height)) + gap;
  }
  return { places, title, gap, width: columns * (wide + gap) - gap, height: y };
}

/**
 * By how much a sheet is reduced.
 * @param {number} width @param {number} height
 */
export function scaleFor(width, height) {
  return Math.min(1, WIDEST / Math.max(width, height), Math.sqrt(MOST_PIXELS / (width * height)));
}

// With the range of the colours, which the legend gives as low and high alone, or the mark of the reference.
/** @param {Panel} panel @param {State} state */
export function titleOf(panel, state) {
  const heat = panel.heatOf(state);
  const marked = panel.referred && state.fill === "difference" && !heat;
  const named = marked ? tr("{panel} (reference)", { panel: retell(panel.title) }) : retell(panel.title);
  const title = panel.note ? `${named} · ${panel.note}` : named; // waiting, or an error
  const row = heat?.layers[clampLayer(state.layer, panel.story.last)];
  if (!row) return title;
  const [low, high] = endsOf(row);
  return `${title} · ${low}–${high}`;
}

// The panels are painted at their final size: reduced afterwards, some borders would be lost between two pixels.
/** @param {Panel[]} panels @param {HTMLElement} legend @param {State} state */
function sheetOf(panels, legend, state) {
  const sheet = newCanvas(1, 1);
  /** @param {ReturnType<typeof inRows>} rows */
  const broken = ({ width, title }) => {
    const measuring = penOf(sheet);
    measuring.font = `${title / 2}px ${state.font}`;
    return linesOf(piecesOf(legend), width, title / 2, (text) => measuring.measureText(text).width);
  };
  /** @type {(rows: ReturnType<typeof inRows>, words: Placed[]) => number} */
  const wholeOf = (rows, words) => Math.round(rows.height + heightOf(words, rows.title / 2) + rows.gap);
  const sizes = panels.map(sizeOf);
  const wanted = inRows(sizes);
  const scale = scaleFor(wanted.width, wholeOf(wanted, broken(wanted)));
  const canvases = panels.map((panel, i) => panelCanvas(panel, state, reduced(sizes[i], scale)));
  const rows = inRows(canvases, scale);
  const words = broken(rows);
  const { places, title, width, height } = rows;
  Object.assign(sheet, { width, height: wholeOf(rows, words) });
  const ctx = penOf(sheet);
  ctx.fillStyle = state.veil;
  ctx.fillRect(0, 0, width, sheet.height);
  ctx.fillStyle = state.ink;
  ctx.font = `${title / 2}px ${state.font}`;
  canvases.forEach((canvas, i) => {
    const { x, y } = places[i];
    ctx.fillText(titleOf(panels[i], state), x, y + title * 0.66, canvas.width);
    ctx.drawImage(canvas, x, y + title);
  });
  drawLegend(ctx, words, height, title / 2);
  return sheet;
}

/** @type {(size: Size, scale: number) => Size} */
const reduced = ({ width, height }, scale) => ({
  width: Math.floor(width * scale),
  height: Math.floor(height * scale),
});

/**
 * Save the pictures. `origin()` returns the origin of the view as JSON, which makes the file open it again, with the name
 * of a figure of the view, or null where nothing can: then the file is a "…-picture.png".
 * @param {Panel[]} panels @param {State} state @param {HTMLElement} legend
 * @param {() => Promise<{ told: string, name: string } | null>} origin
 */
export function savePicture(panels, state, legend, origin) {
  const [first] = panels;
  const sheet = panels.length === 1 ? panelCanvas(first, state, sizeOf(first)) : sheetOf(panels, legend, state);
  const { layer } = state;
  sheet.toBlob(async (blob) => {
    if (!blob) return; // the browser is leaving the page
    const view = await origin();
    if (!view) return saveBlob(blob, fileName(first.story.name, layer));
    const bytes = new Uint8Array(await blob.arrayBuffer());
    saveBlob(new Blob([withOrigin(bytes, view.told)], { type: "image/png" }), view.name);
  }, "image/png");
}
