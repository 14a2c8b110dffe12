// Playing over the layers: by the reader's button, or once by itself when a view without a layer opens.

const STEP_MS = 700;
const OPENING_MS = 260;

export class Play {
  /** viewer: its state holds layer and playing, its `last` the last layer; change(part) shows a part of the state. */
  constructor(viewer) {
    this.viewer = viewer;
    this.opens = false; // whether it plays because the view has just opened
    this.goesOn = false; // whether new records have interrupted it
  }

  /** Where a view opens that has no layer of its own: on the collapse, or at its end where nothing may or need move. */
  open(layer, pinned) {
    const chosen = Number.isInteger(layer);
    this.goesOn = false; // what played was the view before
    this.halt();
    // A view with a patch is about that patch, and opens where its token is whole.
    const still = Number.isInteger(pinned) || matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.opens = !chosen && !still;
    if (chosen) return layer;
    return still ? this.viewer.last : 0;
  }

  /** New records come. */
  interrupt() {
    this.goesOn ||= this.viewer.state.playing;
    this.halt();
  }

  /** Go on with what new records have interrupted. */
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
      this.halt(); // nobody chose this layer: the link stays without one
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
