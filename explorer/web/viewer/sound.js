// The viewer's parts for sounds: names of steps, and the player with a playhead over the spectrogram.

import { tr } from "../page/language.js";
import { element } from "./controls.js";
import { Seconds, widthOf } from "./seconds.js";
import { Zoom } from "./zoom.js";

/** @import { Story } from "./story.js" */

export class Player {
  constructor() {
    this.audio = element("audio", { controls: true, preload: "none", "aria-label": tr("The sound") });
    this.line = element("div", { class: "tome-playhead", hidden: true });
    this.seconds = new Seconds();
    /** @type {{ story: Story, canvas: HTMLCanvasElement } | null} */
    this.shown = null;
    this.whole = 0; // seconds of the picture of a sound that can be played
    this.zoom = new Zoom((times) => {
      if (this.shown) this.seconds.load(this.shown.story, this.shown.canvas, times);
    });
    this.element = element("div", { class: "tome-player", hidden: true }, this.audio, this.zoom.element);
    this.audio.addEventListener("play", () => this.follow());
    this.audio.addEventListener("seeked", () => this.place());
  }

  /**
   * Load the sound of `story`, drawn on `canvas`, into the player; hide the player otherwise.
   * @param {Story} story @param {HTMLCanvasElement} canvas
   */
  load(story, canvas) {
    this.shown = { story, canvas };
    const seconds = widthOf(story);
    this.whole = story.picture.src.startsWith("data:") ? 0 : seconds; // saved pages have no sound
    this.element.hidden = !seconds;
    this.audio.hidden = !this.whole;
    if (seconds) this.zoom.load(canvas);
    if (!this.whole) {
      this.stop();
      this.line.hidden = true;
      return;
    }
    const address = story.picture.src.replace("/spectrogram?", "/sound?");
    if (this.audio.getAttribute("src") !== address) this.audio.setAttribute("src", address);
    canvas.after(this.line);
    this.place();
  }

  follow() {
    this.place();
    this.zoom.reveal(this.audio.currentTime / this.whole);
    if (!this.audio.paused) this.frame = requestAnimationFrame(() => this.follow());
  }

  place() {
    const { shown, line } = this;
    if (!shown) return;
    const { canvas } = shown;
    line.hidden = this.audio.currentTime === 0 || this.audio.currentTime > this.whole;
    line.style.transform = `translateX(${canvas.offsetLeft + (canvas.clientWidth * this.audio.currentTime) / this.whole}px)`;
    line.style.height = `${canvas.clientHeight}px`;
    line.style.top = `${canvas.offsetTop}px`;
  }

  stop() {
    if (this.frame) cancelAnimationFrame(this.frame);
    this.audio.pause();
  }
}
