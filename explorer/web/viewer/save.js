// PNG of the view at twice its size or more; several panels side by side under their titles.

import { retell } from "../page/language.js";
import { newCanvas, penOf } from "./canvas.js";
import { paintFrame } from "./paint.js";
import { makeScene } from "./scene.js";
import { clampLayer, fileName } from "./story.js";

const GAP = 32;
const TITLE = 64;
const LONGEST = 4096;

function panelCanvas(panel, state) {
  const { picture } = panel.shown;
  const wanted = 2 * Math.max(panel.canvas.clientWidth * (window.devicePixelRatio || 1), picture.width);
  const width = Math.round(Math.min(wanted, LONGEST, (LONGEST * picture.width) / picture.height));
  const canvas = newCanvas(width, Math.round((width * picture.height) / picture.width));
  const scene = makeScene(panel.shown, canvas.width, canvas.height, state.veil);
  const look = { ...panel.look(state), hover: null };
  paintFrame(penOf(canvas), scene, clampLayer(state.layer, panel.story.last), look);
  return canvas;
}

function sideBySide(panels, canvases, state) {
  const height = Math.max(...canvases.map((canvas) => canvas.height));
  const width = canvases.reduce((sum, canvas) => sum + canvas.width + GAP, -GAP);
  const scale = Math.min(1, (2 * LONGEST) / width);
  const sheet = newCanvas(Math.round(width * scale), Math.round((height + TITLE) * scale));
  const ctx = penOf(sheet);
  ctx.scale(scale, scale);
  ctx.fillStyle = state.veil;
  ctx.fillRect(0, 0, width, height + TITLE);
  ctx.fillStyle = state.ink;
  ctx.font = `${TITLE / 2}px ${state.font}`;
  let x = 0;
  canvases.forEach((canvas, i) => {
    ctx.fillText(retell(panels[i].title), x, TITLE * 0.66, canvas.width);
    ctx.drawImage(canvas, x, TITLE);
    x += canvas.width + GAP;
  });
  return sheet;
}

export function savePicture(panels, state) {
  const canvases = panels.map((panel) => panelCanvas(panel, state));
  const sheet = canvases.length === 1 ? canvases[0] : sideBySide(panels, canvases, state);
  sheet.toBlob((blob) => {
    if (!blob) return; // the browser is leaving the page
    const link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = fileName(panels[0].story.name, state.layer);
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 10000);
  }, "image/png");
}
