// The tooltip at the pointer.

import { element } from "./controls.js";

const AWAY = 14; // pixels from the pointer
const NARROWEST = 120;

export class Tip {
  constructor() {
    this.element = element("p", { class: "tome-tip", "aria-hidden": "true", hidden: true });
    /** @type {{x: number, y: number} | null} the pointer's position on the screen */
    this.at = null;
  }

  /**
   * Show `text` beside the pointer, on the side where `figure` has room.
   * @param {string} text @param {Element} figure
   */
  show(text, figure) {
    const { element: tip, at } = this;
    tip.hidden = !at || !text;
    if (!at || !text) return;
    tip.textContent = text;
    const box = figure.getBoundingClientRect();
    const [x, y] = [at.x - box.left, at.y - box.top];
    const right = x > box.width / 2;
    tip.style.left = right ? "auto" : `${x + AWAY}px`;
    tip.style.right = right ? `${box.width - x + AWAY}px` : "auto";
    tip.style.maxWidth = `${Math.max((right ? x : box.width - x) - AWAY, NARROWEST)}px`;
    tip.style.top = `${y + AWAY}px`;
  }
}
