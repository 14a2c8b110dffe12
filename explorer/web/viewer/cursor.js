// The cursor as known to the host, and the addresses of the view.

import { pinnedOn } from "./beside.js";
import { answerOf, figureAddress } from "./export.js";
import { patchAt } from "./story.js";

/**
 * @import { Sizes } from "./export.js"
 * @import { Host } from "./roots.js"
 * @import { Viewer } from "./viewer.js"
 */

const REST_MS = 300;

export class Cursor {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {Host} */
    this.host = { commit() {} };
    /** @type {Record<string, unknown>} */
    this.committed = {};
    /** @type {Map<string, unknown>} */
    this.moving = new Map(); // what the host is told once the keys rest
  }

  /**
   * Report `value` to the host after a gesture, unless it is known.
   * @param {string} name @param {unknown} value
   */
  commit(name, value) {
    this.moving.delete(name);
    if (this.committed[name] === value) return;
    this.committed[name] = value;
    this.host.commit(name, value);
  }

  /**
   * The same once the keys rest: the host may draw the page anew for each, and pressing a key again is one gesture.
   * @param {string} name @param {unknown} value
   */
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

  /** Put the view into the link, the layer included, which playing alone does not commit. */
  settleLink() {
    const { viewer } = this;
    viewer.play.stop();
    this.commit("layer", viewer.state.layer);
    this.commit("frame", viewer.state.frame);
  }

  /** Report a pin and a frame that a new picture has moved or does not have. */
  commitPlace() {
    const { state, stories } = this.viewer;
    this.commit("pinned", state.pinned && patchAt(stories[0], state.pinned));
    if (Number(this.committed.frame) > state.frame) this.commit("frame", state.frame);
  }

  /** The address of the view. */
  link() {
    this.settleLink();
    return this.host.link?.() ?? "";
  }

  /**
   * The address of the view as a figure; `sizes` are parameters of its query.
   * @param {string} format @param {Sizes} sizes
   */
  figureAddress(format, sizes = {}) {
    const { state, stories, asked, data } = this.viewer;
    const { layer, fill, arrows, pinned, heated } = state;
    const view = {
      format,
      ...sizes,
      layer: Math.min(layer, ...stories.map((story) => story.last)),
      fill,
      reference: fill === "difference" ? data.reference : null,
      arrows,
      pinned: pinned && patchAt(stories[pinnedOn(state)], pinned),
      pinned_beside: pinnedOn(state) === 1,
      similarity: Boolean(heated),
    };
    if (data.ask) return figureAddress(data.ask, asked.rate, view, this.link());
    return figureAddress({ query: data.pair ?? "", panels: [{ title: "", config: {} }] }, null, view, this.link());
  }

  /** The origin of the view for a file, as JSON, and that file's name; null without a server, or a link to the view. */
  async origin() {
    const { ask, pair } = this.viewer.data;
    if (!(ask || pair) || !this.host.link) return null;
    const { blob, name } = await answerOf(this.figureAddress("view"));
    return blob ? { told: await blob.text(), name: name.replace(/\.view$/, ".png") } : null;
  }

  /** Return a function that restores the current cursor. */
  keep() {
    const { viewer } = this;
    const { frame, pinned, fill, arrows } = viewer.state;
    const { r, decreasing } = viewer.asked.rate;
    // The opening play is nobody's choice: it would have ended at the last layer, and the link would name none.
    const layer = viewer.play.opens ? viewer.last : viewer.state.layer;
    const { beside_pinned, pinned: linked } = this.committed;
    const told = { layer: this.committed.layer === null ? null : layer, pinned: linked, beside_pinned };
    return () => {
      viewer.play.stop();
      viewer.change({ layer, frame, pinned, fill, arrows });
      for (const [name, value] of Object.entries(told)) this.commit(name, value);
      const { asked } = viewer;
      if (asked.rate.r === r && asked.rate.decreasing === decreasing) return;
      asked.turn({ r, decreasing });
      asked.endTurn();
    };
  }
}
