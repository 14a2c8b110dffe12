// The viewer's parts for texts: the word of each cell, written over its fill.

import { DROPPED } from "./story.js";

/** @import { Scene } from "./scene.js" */

const INK = "rgb(255, 255, 255)";
const EDGE = "rgba(0, 0, 0, 0.8)"; // around the letters, so that they are legible on any colour
const WIDEST = 0.92; // share of a cell

/**
 * Write the words into their cells; cells after the last word stay blank.
 * @param {CanvasRenderingContext2D} ctx @param {Scene} scene @param {string[]} words @param {Uint16Array} labels
 * @param {boolean} small
 */
export function paintWords(ctx, { story, box, veil }, words, labels, small) {
  const [width, height] = [box.width / story.cols, box.height / story.rows];
  /** @type {(patch: number) => [number, number]} */
  const corner = (patch) => [box.x + (patch % story.cols) * width, box.y + Math.floor(patch / story.cols) * height];
  ctx.fillStyle = veil;
  for (let patch = words.length; patch < story.patches; patch++) ctx.fillRect(...corner(patch), width + 1, height + 1);
  if (small) return;
  ctx.save();
  Object.assign(ctx, {
    textAlign: "center",
    textBaseline: "middle",
    lineJoin: "round",
    strokeStyle: EDGE,
    fillStyle: INK,
  });
  words.forEach((word, patch) => {
    const [x, y] = corner(patch);
    const size = Math.min(0.62 * height, 30);
    ctx.font = `600 ${size}px system-ui, sans-serif`;
    const wide = ctx.measureText(word).width;
    if (wide > WIDEST * width) ctx.font = `600 ${(size * WIDEST * width) / wide}px system-ui, sans-serif`;
    ctx.globalAlpha = labels[patch] === DROPPED ? 0.45 : 1;
    ctx.lineWidth = size / 5;
    ctx.strokeText(word, x + width / 2, y + height / 2);
    ctx.fillText(word, x + width / 2, y + height / 2);
  });
  ctx.restore();
}
