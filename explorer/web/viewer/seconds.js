// Below the spectrogram of a sound: its seconds, and where the sound has ended.

import { tr } from "../page/language.js";
import { newCanvas, penOf } from "./canvas.js";
import { element } from "./controls.js";

/**
 * @import { State } from "./state.js"
 * @import { Story } from "./story.js"
 *
 * @typedef {Pick<Story, "sound" | "heard" | "cols">} Timed
 */

const STEPS = [0.5, 1, 2, 5, 10];
const MOST = 7; // marks in the width of a phone
const TIMES = 2; // of a phone: the width of a saved picture in its letters

/**
 * Width of the picture of `story` in seconds; 0 without a sound.
 * @param {Timed} story
 */
export function widthOf({ sound, heard, cols }) {
  return sound ? sound.step * cols : (heard?.width ?? 0);
}

/**
 * The seconds to mark in a picture of `width` seconds, drawn `times` as wide as its frame.
 * @param {number} width
 */
export function marksOf(width, times = 1) {
  const step = STEPS.find((each) => width / each <= MOST * times) ?? width;
  return Array.from({ length: Math.floor(width / step + 1e-6) + 1 }, (_, i) => i * step);
}

/**
 * Where the sound of `story` ends, as a share of the picture's width; 1 if the picture ends before.
 * @param {Timed} story
 */
export function endOf(story) {
  return Math.min(1, ((story.sound ?? story.heard)?.seconds ?? 0) / widthOf(story));
}

const ROOM = 0.05; // of the width, for a number

/**
 * `marks` without those that the note of the silence from `end` on, a share of `width`, would cover.
 * @param {number[]} marks @param {number} width @param {number} end
 */
export function heardOf(marks, width, end) {
  return end > 0.995 ? marks : marks.filter((mark, i) => i === marks.length - 1 || mark / width < end - ROOM);
}

export class Seconds {
  constructor() {
    this.element = element("div", { class: "tome-seconds" });
  }

  /**
   * Show the seconds of `story` below its `canvas`.
   * @param {Timed} story @param {HTMLCanvasElement} canvas @param {number} times
   */
  load(story, canvas, times) {
    const width = widthOf(story);
    if (!width) {
      this.element.remove();
      return;
    }
    /** @param {number} share */
    const at = (share) => `${(100 * share).toFixed(3)}%`;
    const end = endOf(story);
    const marks = heardOf(marksOf(width, times), width, end).map((second, i, all) => {
      const last = i === all.length - 1;
      const mark = element(
        "span",
        { class: "tome-second" },
        last ? tr("{seconds} s", { seconds: second }) : `${second}`,
      );
      mark.style.left = at(second / width);
      mark.toggleAttribute("data-end", i > 0 && second / width > 0.97);
      return mark;
    });
    const from = (end * width).toFixed(1);
    const silence = element("span", { class: "tome-silence" }, tr("silence from {from} s", { from }));
    silence.style.left = at(end);
    this.element.replaceChildren(...marks, ...(end < 0.995 ? [silence] : []));
    canvas.parentElement?.append(this.element);
  }
}

/**
 * A copy of `canvas`, the picture of `story`, with its seconds below; the same one without a sound.
 * @param {HTMLCanvasElement} canvas @param {Timed} story @param {Pick<State, "veil" | "ink" | "font">} theme
 */
export function withSeconds(canvas, story, { veil, ink, font }) {
  const width = widthOf(story);
  if (!width) return canvas;
  const size = canvas.width / 70;
  const sheet = newCanvas(canvas.width, Math.round(canvas.height + 1.5 * size));
  const ctx = penOf(sheet);
  ctx.fillStyle = veil;
  ctx.fillRect(0, 0, sheet.width, sheet.height);
  ctx.drawImage(canvas, 0, 0);
  ctx.fillStyle = ink;
  ctx.font = `${size}px ${font}`;
  const end = endOf(story);
  /** @type {(text: string, share: number) => void} */
  const say = (text, share) => {
    const x = share * canvas.width;
    const room = size / 4;
    const fits = x + 2 * room + ctx.measureText(text).width <= canvas.width;
    ctx.fillRect(Math.min(x, canvas.width - 2), canvas.height, 2, 1.3 * size);
    ctx.textAlign = fits ? "left" : "right";
    ctx.fillText(text, fits ? x + room : x - room, canvas.height + 1.15 * size);
  };
  const marks = heardOf(marksOf(width, TIMES), width, end);
  marks.forEach((second, i) => {
    say(i === marks.length - 1 ? tr("{seconds} s", { seconds: second }) : `${second}`, second / width);
  });
  if (end < 0.995) say(end < 0.8 ? tr("silence from {from} s", { from: (end * width).toFixed(1) }) : "", end);
  return sheet;
}
