// What the host knows of the reader's cursor, and the addresses of what is seen.

import { figureAddress } from "./export.js";
import { patchAt } from "./story.js";

const REST_MS = 300;

export class Cursor {
  /** viewer: has state, stories, asked, play and change(part). */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {import("./roots.js").Host} */
    this.host = { commit() {} };
    /** @type {Record<string, unknown>} */
    this.committed = {};
    /** @type {Map<string, unknown>} */
    this.moving = new Map(); // what the host is told once the keys rest
  }

  /** Tell the host that a gesture has ended with `value`, unless it knows. */
  commit(name, value) {
    this.moving.delete(name);
    if (this.committed[name] === value) return;
    this.committed[name] = value;
    this.host.commit(name, value);
  }

  /** The same once the keys rest: the host may draw the page anew for each, and pressing a key again is one gesture. */
  commitAtRest(name, value) {
    this.moving.set(name, value);
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.settle(), REST_MS);
  }

  /** The keys rest, or the focus goes elsewhere. */
  settle() {
    clearTimeout(this.rest);
    for (const [name, value] of [...this.moving]) this.commit(name, value);
  }

  /** The viewer goes. */
  stop() {
    clearTimeout(this.rest);
  }

  /** Put what is seen into the link: a layer that was only played to stands nowhere yet. */
  settleLink() {
    const { viewer } = this;
    viewer.play.stop();
    this.commit("layer", viewer.state.layer);
    this.commit("frame", viewer.state.frame);
  }

  /** The address of what is seen. */
  link() {
    this.settleLink();
    return this.host.link?.() ?? "";
  }

  /** The address of what is seen as a figure. */
  figureAddress(format, width) {
    const { state, stories, asked, data } = this.viewer;
    const { layer, fill, arrows, pinned } = state;
    const view = {
      format,
      width,
      layer: Math.min(layer, ...stories.map((story) => story.last)),
      fill: fill === "difference" ? "mean" : fill, // which a figure cannot show
      arrows,
      pinned: pinned && patchAt(stories[0], pinned),
    };
    return figureAddress(data.ask, asked.rate, view, this.link());
  }

  /** Returns what puts the cursor back to where it is now. */
  keep() {
    const { viewer } = this;
    const { layer, frame, pinned, fill, arrows } = viewer.state;
    return () => {
      viewer.play.stop();
      viewer.change({ layer, frame, pinned, fill, arrows });
      this.commit("layer", viewer.state.layer);
    };
  }
}
