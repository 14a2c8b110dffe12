// Play through the layers: by the button, or once on opening a view without a layer.

/** @import { Viewer } from "./viewer.js" */

const STEP_MS = 700;
const OPENING_MS = 260;

export class Play {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.opens = false; // whether this is the opening play
    this.goesOn = false; // whether to resume after an interruption by new records
  }

  /**
   * The opening layer of a view without one: play the collapse, or show its end if motion is reduced or not needed.
   * @param {number | null | undefined} layer @param {number | null | undefined} pinned
   */
  open(layer, pinned) {
    const chosen = Number.isInteger(layer);
    this.goesOn = false; // the previous view's
    this.halt();
    // A view with a pinned patch opens at the end, where its token is complete.
    const still = Number.isInteger(pinned) || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.opens = !chosen && !still;
    if (chosen) return layer;
    return still ? this.viewer.last : 0;
  }

  /** Pause for new records. */
  interrupt() {
    this.goesOn ||= this.viewer.state.playing;
    this.halt();
  }

  /** Resume after new records. */
  resume() {
    const { viewer } = this;
    const goesOn = this.opens || this.goesOn;
    this.goesOn = false;
    if (!goesOn || viewer.state.layer >= viewer.last) return;
    viewer.change({ playing: true });
    this.wait();
  }

  toggle() {
    const { viewer } = this;
    if (viewer.awaited) return;
    if (viewer.state.playing) {
      this.stop();
      viewer.commitLayer();
      return;
    }
    viewer.clip.stop();
    viewer.change({ playing: true, layer: viewer.state.layer === viewer.last ? 0 : viewer.state.layer });
    this.wait();
  }

  wait() {
    this.timer = setTimeout(() => this.advance(), this.opens ? OPENING_MS : STEP_MS);
  }

  advance() {
    const { viewer } = this;
    viewer.change({ layer: Math.min(viewer.state.layer + 1, viewer.last) });
    if (viewer.state.layer < viewer.last) this.wait();
    else if (this.opens)
      this.halt(); // not the reader's choice: the link stays without a layer
    else this.toggle();
  }

  /** The reader has taken over. */
  stop() {
    this.opens = this.goesOn = false;
    this.halt();
  }

  halt() {
    clearTimeout(this.timer);
    this.viewer.clip.stop();
    if (this.viewer.state.playing) this.viewer.change({ playing: false });
  }
}
