// The filmstrip: a small picture of every layer, drawn when idle so that it does not delay the large one.

import { tr } from "../page/language.js";
import { penOf } from "./canvas.js";
import { element } from "./controls.js";
import { paintFrame } from "./paint.js";
import { makeScene } from "./scene.js";
import { clampLayer } from "./story.js";

/**
 * @import { Scene } from "./scene.js"
 * @import { State } from "./state.js"
 * @import { Story } from "./story.js"
 */

const FRAME_WIDTH = 72;
const LONGEST_WAIT_MS = 200;
const REST_MS = 300; // after the last frame of a clip: between two keys, 13 pictures made the second one late

/**
 * Call `work` when idle; return a function that cancels it. Safari has no idle callback.
 * @param {() => void} work
 */
function inPause(work) {
  if (!window.requestIdleCallback) {
    const timer = setTimeout(work, LONGEST_WAIT_MS / 4);
    return () => clearTimeout(timer);
  }
  const idle = requestIdleCallback(work, { timeout: LONGEST_WAIT_MS });
  return () => cancelIdleCallback(idle);
}

export class Film {
  /** @param {(layer: number) => void} onJump */
  constructor(onJump) {
    this.onJump = onJump;
    this.strip = element("div", {
      class: "tome-film",
      role: "group",
      "aria-label": tr("Layers"),
      "data-label": tr("Layer"),
    });
    this.element = element("div", { class: "tome-strip" });
    /** @type {{ canvas: HTMLCanvasElement, button: HTMLButtonElement }[]} */
    this.frames = [];
    /** @type {Story | null} */
    this.story = null;
    /** @type {Scene | null} */
    this.scene = null;
    this.layer = 0;
    this.locked = false;
    this.cancel = () => {};
    this.observer = new ResizeObserver(() => this.show(this.layer));
    this.observer.observe(this.strip);
  }

  /**
   * Show `story` (null: nothing) under `state`; old pictures stay until the new ones are ready.
   * @param {Story | null} story @param {State} state
   */
  update(story, state) {
    this.cancel();
    const [next, before] = [story, this.story].map((each) => each?.whole ?? each); // frames share buttons
    const paint = () => {
      if (story && next !== before) this.load(story);
      this.story = story;
      this.element.replaceChildren(...(story ? [this.strip] : []));
      this.show(state.layer);
    };
    if (story && this.story) {
      const rest = setTimeout(
        () => {
          this.cancel = inPause(() => {
            paint();
            this.paintInPauses(state, 0);
          });
        },
        story !== this.story && next === before ? REST_MS : 0,
      );
      this.cancel = () => clearTimeout(rest);
      return;
    }
    paint(); // so that the content below does not jump
    if (story) this.frames.forEach((_, layer) => this.paint(state, layer));
  }

  /** @param {Story} story */
  load(story) {
    const [width, height] = [
      2 * FRAME_WIDTH,
      Math.round((2 * FRAME_WIDTH * story.picture.height) / story.picture.width),
    ];
    this.frames = story.layers.map((_, layer) => {
      const canvas = element("canvas", { width, height, "aria-hidden": "true" });
      const label = element("span", {}, String(layer));
      const button = element(
        "button",
        {
          type: "button",
          class: "tome-frame",
          "aria-label": tr("Go to layer {layer}", { layer }),
          disabled: this.locked,
          click: () => this.onJump(layer),
        },
        canvas,
        label,
      );
      return { canvas, button };
    });
    this.strip.replaceChildren(...this.frames.map((frame) => frame.button));
  }

  /**
   * Switch the buttons off or on, those of pictures to come too.
   * @param {boolean} locked
   */
  lock(locked) {
    this.locked = locked;
    for (const { button } of this.frames) button.disabled = locked;
  }

  /**
   * A picture in each pause: all at once would hold up a key for longer than a frame of the screen.
   * @param {State} state @param {number} layer
   */
  paintInPauses(state, layer) {
    this.paint(state, layer);
    if (layer + 1 < this.frames.length) this.cancel = inPause(() => this.paintInPauses(state, layer + 1));
  }

  /** @param {State} state @param {number} layer */
  paint({ fill, largest, veil }, layer) {
    const { canvas } = this.frames[layer];
    if (!this.story) return;
    if (layer === 0 || !this.scene) this.scene = makeScene(this.story, canvas.width, canvas.height, veil);
    paintFrame(penOf(canvas), this.scene, layer, { fill, largest, small: true });
  }

  /** The viewer goes. */
  stop() {
    this.cancel();
    this.observer.disconnect();
  }

  /**
   * Mark `layer` and scroll to it.
   * @param {number} layer
   */
  show(layer) {
    this.layer = layer;
    if (!this.story) return;
    const { button } = this.frames[clampLayer(layer, this.story.last)];
    const hidden = button.offsetLeft + button.offsetWidth + 4 - this.strip.clientWidth;
    const ahead = this.frames[0].button.offsetLeft; // of all, a clip's strip has its name
    this.strip.scrollLeft = Math.min(Math.max(this.strip.scrollLeft, hidden), button.offsetLeft - ahead);
    for (const frame of this.frames) {
      if (frame.button === button) frame.button.setAttribute("aria-current", "true");
      else frame.button.removeAttribute("aria-current");
    }
  }
}
