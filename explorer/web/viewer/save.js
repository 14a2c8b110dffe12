// PNG of the view at twice its size, if the app takes it back; panels in rows under their titles, with the legend below.

import { retell } from "../page/language.js";
import { newCanvas, penOf } from "./canvas.js";
import { saveBlob } from "./export.js";
import { drawLegend, heightOf, linesOf, piecesOf } from "./legend_picture.js";
import { paintFrame } from "./paint.js";
import { withOrigin } from "./png.js";
import { makeScene } from "./scene.js";
import { withSeconds } from "./seconds.js";
import { clampLayer, fileName } from "./story.js";

const GAP = 32;
const TITLE = 64;
const LONGEST = 4096;
const COLUMNS = 4;
const WIDEST = 3072; // of a sheet
const MOST_PIXELS = 3e6; // at 3 bytes each, as noise has them, still below the 10 MB that can be dropped on the app

function panelCanvas(panel, state) {
  const { picture } = panel.shown;
  const wanted = 2 * Math.max(panel.canvas.clientWidth * (window.devicePixelRatio || 1), picture.width);
  const shape = picture.width / picture.height;
  const width = Math.round(Math.min(wanted, LONGEST, LONGEST * shape, Math.sqrt(MOST_PIXELS * shape)));
  const canvas = newCanvas(width, Math.round((width * picture.height) / picture.width));
  const scene = makeScene(panel.shown, canvas.width, canvas.height, state.veil);
  const look = { ...panel.look(state), hover: null };
  paintFrame(penOf(canvas), scene, clampLayer(state.layer, panel.story.last), look);
  return withSeconds(canvas, panel.story, state);
}

/** Places of pictures in rows, and the size of all of them; `sizes` are {width, height}. */
export function inRows(sizes) {
  const columns = Math.min(sizes.length, COLUMNS);
  const wide = Math.max(...sizes.map(({ width }) => width));
  const title = Math.max(TITLE, wide / 14); // readable at the size of a slide
  const places = [];
  let y = 0;
  for (let start = 0; start < sizes.length; start += columns) {
    const row = sizes.slice(start, start + columns);
    row.forEach((_, i) => {
      places.push({ x: i * (wide + GAP), y });
    });
    y += title + Math.max(...row.map(({ height }) => height)) + GAP;
  }
  return { places, title, width: columns * (wide + GAP) - GAP, height: y };
}

/** By how much a sheet is reduced. */
export function scaleFor(width, height) {
  return Math.min(1, WIDEST / Math.max(width, height), Math.sqrt(MOST_PIXELS / (width * height)));
}

// With the range of the colours, which the legend gives as low and high alone.
export function titleOf(panel, state) {
  const title = panel.note ? `${retell(panel.title)} · ${panel.note}` : retell(panel.title); // waiting, or an error
  const row = panel.heatOf(state)?.layers[clampLayer(state.layer, panel.story.last)];
  if (!row) return title;
  const short = (value) => value.toFixed(row.high - row.low < 0.1 ? 4 : 2);
  return `${title} · ${short(row.low)}–${short(row.high)}`;
}

function sheetOf(panels, canvases, legend, state) {
  const { places, title, width, height } = inRows(canvases);
  const size = title / 2;
  const sheet = newCanvas(1, 1);
  const font = `${size}px ${state.font}`;
  const measuring = penOf(sheet);
  measuring.font = font;
  const words = linesOf(piecesOf(legend), width, size, (text) => measuring.measureText(text).width);
  const whole = height + heightOf(words, size) + GAP;
  const scale = scaleFor(width, whole);
  Object.assign(sheet, { width: Math.round(width * scale), height: Math.round(whole * scale) });
  const ctx = penOf(sheet);
  ctx.scale(scale, scale);
  ctx.fillStyle = state.veil;
  ctx.fillRect(0, 0, width, whole);
  ctx.fillStyle = state.ink;
  ctx.font = font;
  canvases.forEach((canvas, i) => {
    const { x, y } = places[i];
    ctx.fillText(titleOf(panels[i], state), x, y + title * 0.66, canvas.width);
    ctx.drawImage(canvas, x, y + title);
  });
  drawLegend(ctx, words, height, size);
  return sheet;
}

/**
 * Save the pictures. `origin()` returns the origin of the view as JSON, which makes the file open it again, with the name
 * of a figure of the view, or null where nothing can: then the file is a "…-picture.png".
 */
export function savePicture(panels, state, legend, origin) {
  const canvases = panels.map((panel) => panelCanvas(panel, state));
  const sheet = canvases.length === 1 ? canvases[0] : sheetOf(panels, canvases, legend, state);
  const { layer } = state;
  sheet.toBlob(async (blob) => {
    if (!blob) return; // the browser is leaving the page
    const view = await origin();
    if (!view) return saveBlob(blob, fileName(panels[0].story.name, layer));
    const bytes = new Uint8Array(await blob.arrayBuffer());
    saveBlob(new Blob([withOrigin(bytes, view.told)], { type: "image/png" }), view.name);
  }, "image/png");
}
