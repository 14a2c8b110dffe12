// The viewer's parts for clips: the strip of frames, and the time cursor in the transport.

import { tr } from "../page/language.js";
import { penOf } from "./canvas.js";
import { element, iconButton, setIcon } from "./controls.js";
import { paintFrame } from "./paint.js";
import { makeScene } from "./scene.js";
import { clampLayer, patchAt } from "./story.js";

/**
 * @import { Clip } from "./clip.js"
 * @import { Marked } from "./paint.js"
 * @import { Scene } from "./scene.js"
 * @import { Point, State } from "./state.js"
 * @import { Story } from "./story.js"
 */

const FRAME_MS = 350;
const PICTURE_WIDTH = 144; // of a small picture, in canvas pixels: twice the CSS pixels

export class Frames {
  /**
   * onFrame(frame) moves the time cursor; onCommit() follows the end of a gesture; onPlay() precedes playing.
   * @param {{ onFrame: (frame: number) => void, onCommit: () => void, onPlay: () => void }} events
   */
  constructor({ onFrame, onCommit, onPlay }) {
    this.onFrame = onFrame;
    this.onCommit = onCommit;
    this.onPlay = onPlay;
    this.frame = 0;
    /** @type {Clip | null} */
    this.story = null;
    /** @type {ReturnType<Frames["picture"]>[]} */
    this.pictures = [];
    this.element = element("div", {
      class: "tome-film tome-frames",
      role: "group",
      "aria-label": tr("Frames"),
      "data-label": tr("Frame"),
      hidden: true,
    });
    this.play = iconButton("play", tr("Play over time"), () => this.toggle());
    this.range = element("input", {
      type: "range",
      min: "0",
      step: "1",
      "aria-label": tr("Frame"),
      input: () => {
        this.stop();
        onFrame(Number(this.range.value));
      },
      change: () => onCommit(),
    });
    this.readout = element("output", { class: "tome-readout" });
    const named = element("div", { class: "tome-named", "data-label": tr("Time") }, this.play);
    this.row = element("div", { class: "tome-time", hidden: true }, named, this.range, this.readout);
  }

  /**
   * Show the frames of `story`; nothing for a photo.
   * @param {Story} story
   */
  load(story) {
    this.stop();
    this.row.hidden = this.element.hidden = !story.frames;
    this.story = story.frames ? story : null;
    if (!story.frames) return;
    this.range.max = String(story.frames.length - 1);
    const height = Math.round((PICTURE_WIDTH * story.picture.height) / story.picture.width);
    if (this.pictures.length !== story.frames.length) {
      this.pictures = story.frames.map((_, frame) => this.picture(frame));
      this.element.replaceChildren(...this.pictures.map(({ button }) => button));
    }
    for (const each of this.pictures) Object.assign(each.canvas, { width: PICTURE_WIDTH, height });
    this.forget();
  }

  /** @param {number} frame @returns {{ canvas: HTMLCanvasElement, button: HTMLButtonElement, scene: Scene | null }} */
  picture(frame) {
    const canvas = element("canvas", { "aria-hidden": "true" });
    const button = element(
      "button",
      {
        type: "button",
        class: "tome-frame",
        "aria-label": tr("Go to frame {frame}", { frame: frame + 1 }),
        click: () => {
          this.stop();
          this.onFrame(frame);
          this.onCommit();
        },
      },
      canvas,
      element("span", {}, String(frame + 1)),
    );
    return { canvas, button, scene: null };
  }

  /** Discard drawn pictures after the frames are decoded or the theme has changed. */
  forget() {
    for (const each of this.pictures) each.scene = null;
  }

  /** @param {number} frame */
  show(frame) {
    if (!this.story) return;
    this.frame = frame;
    const [count, time] = [this.story.frames.length, this.story.times[frame]];
    this.range.value = String(frame);
    this.range.setAttribute(
      "aria-valuetext",
      tr("Frame {frame} of {count}, at {time} s", { frame: frame + 1, count, time: time.toFixed(2) }),
    );
    this.readout.textContent = tr("Frame {frame} of {count} · {time} s", {
      frame: frame + 1,
      count,
      time: time.toFixed(2),
    });
    this.pictures.forEach(({ button }, i) => {
      if (i === frame) button.setAttribute("aria-current", "true");
      else button.removeAttribute("aria-current");
    });
  }

  /**
   * Paint every frame with the layer and marks of `state`.
   * @param {State} state
   */
  draw(state) {
    const { story } = this;
    if (!story) return;
    /** @param {Point | null} point */
    const at = (point) => point && patchAt(story, point);
    /** @type {Marked} */
    const look = {
      fill: state.fill,
      largest: state.largest,
      accent: state.accent,
      arrows: false,
      keyboard: false,
      hover: at(state.hover),
      pinned: at(state.pinned),
      small: true,
      marks: true,
    };
    this.pictures.forEach((each, frame) => {
      const { canvas } = each;
      if (each.scene?.veil !== state.veil)
        each.scene = makeScene(story.frames[frame], canvas.width, canvas.height, state.veil);
      paintFrame(penOf(canvas), each.scene, clampLayer(state.layer, story.last), look);
    });
  }

  toggle() {
    if (this.timer) {
      this.stop();
      this.onCommit();
      return;
    }
    if (!this.story) return;
    this.onPlay();
    setIcon(this.play, "pause", tr("Pause time"));
    const { length } = this.story.frames;
    this.timer = setInterval(() => this.onFrame((this.frame + 1) % length), FRAME_MS);
  }

  stop() {
    clearInterval(this.timer);
    if (this.timer) setIcon(this.play, "play", tr("Play over time"));
    this.timer = undefined;
  }
}
