// A closer look at a sound, whose 1,500 steps are less than a pixel each: the picture grows wider in a frame that scrolls.

import { tr } from "../page/language.js";
import { element } from "./controls.js";

const MOST = 4; // times as wide: a step is then 2 to 3 pixels, and the canvas no burden

export class Zoom {
  /** `onZoom(times)` is called for every picture and width. */
  constructor(onZoom) {
    this.onZoom = onZoom;
    this.times = 1;
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

  /** Zoom into `canvas` from now on, at the place where the picture before it was. */
  load(canvas) {
    const left = this.frame?.scrollLeft ?? 0;
    this.canvas = canvas;
    this.frame = canvas.parentElement;
    this.show();
    this.frame.scrollLeft = left;
  }

  /** Change the width; the first moment in view stays so: a recording begins at the left, and silence may follow it. */
  by(factor) {
    const first = this.frame.scrollLeft / this.canvas.clientWidth;
    this.times = Math.min(Math.max(this.times * factor, 1), MOST);
    this.show();
    this.frame.scrollLeft = first * this.canvas.clientWidth;
  }

  show() {
    this.frame.style.setProperty("--tome-zoom", String(this.times));
    this.onZoom(this.times);
    this.said.textContent = `${this.times} ×`;
    this.out.setAttribute("aria-disabled", String(this.times === 1));
    this.in.setAttribute("aria-disabled", String(this.times === MOST));
  }

  /** Scroll to the place `share` of the picture's width, unless it is in view. */
  reveal(share) {
    const [at, { scrollLeft, clientWidth }] = [share * this.canvas.clientWidth, this.frame];
    if (at < scrollLeft || at > scrollLeft + clientWidth) this.frame.scrollLeft = at - clientWidth / 8;
  }
}
