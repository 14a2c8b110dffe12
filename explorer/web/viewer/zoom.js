// A closer look at a sound, whose 1,500 steps are less than a pixel each: the picture grows wider in a frame that scrolls.

import { tr } from "../page/language.js";
import { element } from "./controls.js";

const MOST = 4; // times as wide: a step is then 2 to 3 pixels, and the canvas no burden

export class Zoom {
  /**
   * `onZoom(times)` is called for every picture and width.
   * @param {(times: number) => void} onZoom
   */
  constructor(onZoom) {
    this.onZoom = onZoom;
    this.times = 1;
    /** @type {{ canvas: HTMLCanvasElement, frame: HTMLElement } | null} */
    this.shown = null;
    this.out = element("button", { type: "button", class: "tome-button", click: () => this.by(0.5) }, "−");
    this.in = element("button", { type: "button", class: "tome-button", click: () => this.by(2) }, "+");
    for (const { button, label, key } of [
      { button: this.out, label: tr("Zoom out"), key: "−" },
      { button: this.in, label: tr("Zoom in"), key: "+" },
    ]) {
      button.setAttribute("aria-label", label);
      button.title = `${label} (${key})`;
    }
    this.said = element("output", { class: "tome-readout" });
    this.element = element("div", { class: "tome-zoom" }, this.out, this.said, this.in);
  }

  /**
   * Zoom into `canvas` from now on, at the place where the picture before it was.
   * @param {HTMLCanvasElement} canvas
   */
  load(canvas) {
    const left = this.shown?.frame.scrollLeft ?? 0;
    const frame = canvas.parentElement;
    this.shown = frame && { canvas, frame };
    this.show();
    if (frame) frame.scrollLeft = left;
  }

  /**
   * Change the width; the first moment in view stays so: a recording begins at the left, and silence may follow it.
   * @param {number} factor
   */
  by(factor) {
    if (!this.shown) return;
    const { canvas, frame } = this.shown;
    const first = frame.scrollLeft / canvas.clientWidth;
    this.times = Math.min(Math.max(this.times * factor, 1), MOST);
    this.show();
    frame.scrollLeft = first * canvas.clientWidth;
  }

  show() {
    this.shown?.frame.style.setProperty("--tome-zoom", String(this.times));
    this.onZoom(this.times);
    this.said.textContent = `${this.times} ×`;
    this.out.setAttribute("aria-disabled", String(this.times === 1));
    this.in.setAttribute("aria-disabled", String(this.times === MOST));
  }

  /**
   * Scroll to the place `share` of the picture's width, unless it is in view.
   * @param {number} share
   */
  reveal(share) {
    if (!this.shown) return;
    const { canvas, frame } = this.shown;
    const [at, { scrollLeft, clientWidth }] = [share * canvas.clientWidth, frame];
    if (at < scrollLeft || at > scrollLeft + clientWidth) frame.scrollLeft = at - clientWidth / 8;
  }
}
