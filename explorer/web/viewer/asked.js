// The records of a page's query, fetched at the r that the reader sets under the picture.

import { retell, tr } from "../page/language.js";
import { makeProgress, PanelFeed, panelsAddress } from "./panel_feed.js";
import { Feed, recordAddress } from "./records.js";
import { patchAt } from "./story.js";

/**
 * @import { Drawn } from "./panel_feed.js"
 * @import { PanelsHeat } from "./panels.js"
 * @import { Rate } from "./rate.js"
 * @import { Record } from "./record_types.js"
 * @import { AskedData, Viewer } from "./viewer.js"
 */

const GESTURE_MS = 300; // after the last change of r, before the page around the viewer reruns
const NOTHING = { found: [], halted: false };
/** @type {AskedData} */
const NO_DATA = {
  ask: { query: {}, panels: [{ title: "", config: {} }], limit: null, name: "" },
  r: 0,
  decreasing: false,
};

export class Asked {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    this.data = NO_DATA;
    /** @type {string | undefined} */
    this.query = undefined; // the last requested one
    /** @type {string | number | null | undefined} */
    this.revision = undefined;
    /** @type {Rate} */
    this.rate = { r: 0, decreasing: false };
    /** @type {PanelsHeat | null} */
    this.heat = null; // similarities to the pinned patch
    /** @param {string} text */
    const say = (text) => viewer.transport.say(text);
    /** @type {Feed<Record>} */
    this.feed = new Feed({ show: (record) => this.take(record), say });
    this.panelFeed = new PanelFeed({
      show: (answer) => this.takePanels(answer),
      say,
      told: (answer) => this.progress.show(answer),
      layer: () => (this.drawn ? viewer.state : this.data).layer ?? null,
      rest: () => this.rest(),
    });
    this.progress = makeProgress({ onStop: () => this.panelFeed.halt(), onGo: () => this.panelFeed.goOn() });
  }

  /**
   * Show the records of `data.ask`.
   * @param {AskedData} data
   */
  follow(data) {
    const { viewer } = this;
    this.data = data;
    if (this.query === undefined || data.revision !== this.revision) {
      this.rate = { r: data.r, decreasing: data.decreasing };
      Object.assign(viewer.cursor.committed, this.rate);
    }
    const query = JSON.stringify([data.ask.query, data.ask.panels]);
    const other = query !== this.query;
    this.query = query;
    this.revision = data.revision;
    if (data.ask.limit !== null) this.rate.r = Math.min(this.rate.r, data.ask.limit);
    this.showRate();
    this.progress.offer(this.isLab);
    // A link's cursor is one on the pictures that it asks for.
    const here = this.drawn === query || (!this.isLab && data.revision === viewer.revision);
    if (viewer.panels.length && here) viewer.settle(data);
    this.request(other);
  }

  /** Whether this is a comparison, even of a single configuration. */
  get isLab() {
    return Boolean(this.data.ask.panels[0].title);
  }

  /** @param {boolean} other */
  request(other) {
    const { query, panels } = this.data.ask;
    if (this.isLab) this.panelFeed.ask(panelsAddress(query, this.rate, panels, this.patch()), other, panels.length);
    else this.feed.ask(recordAddress(query, this.rate, panels[0].config), other);
  }

  /** The patch whose similarities are requested; for a photo that is not drawn yet, the one from the page. */
  patch() {
    if (!this.data.pinnable) return null;
    if (this.drawn !== this.query) return this.data.pinned ?? null;
    const { state, stories } = this.viewer;
    return state.pinned && patchAt(stories[0], state.pinned);
  }

  /** Called after a change of the pinned patch. */
  pinned() {
    if (this.isLab) this.request(false);
  }

  /**
   * Draw the panels that have arrived; the others stay as they were, waiting.
   * @param {Drawn} answer
   */
  takePanels({ input, found, patch, halted, error }) {
    if (!found.some(Boolean) && this.drawn === this.query && !halted && !error) return;
    const { panels } = this.data.ask;
    const waiting = error ? tr("Not computed.") : halted ? tr("Stopped.") : tr("Waiting for its turn.");
    this.drawn = this.query;
    this.heat = patch === null ? null : { patch, panels: found.map((panel) => panel?.similarity ?? null) };
    this.viewer.setPanels({
      panels: found.map((panel) => panel?.record ?? input),
      titles: panels.map(({ title }) => title),
      notes: found.map((panel) => (panel ? retell(panel.error ?? "") : waiting)),
      awaited: found.map((panel) => !panel && !halted && !error),
      tags: found.map((panel) => panel?.tag),
    });
    this.viewer.settle(this.data);
    this.request(false); // the pinned point may be another patch on this photo
  }

  /**
   * Draw a record that has arrived.
   * @param {Record} record
   */
  take(record) {
    this.drawn = this.query;
    this.viewer.setPanels({ panels: [record] });
    this.viewer.settle(this.data);
    this.viewer.cursor.commitPlace();
  }

  /** @param {Rate} rate */
  turn(rate) {
    this.turning = true;
    this.rate = rate;
    this.showRate();
    clearTimeout(this.gesture);
    this.request(false);
  }

  showRate() {
    const { limit, apart } = this.data.ask;
    this.viewer.transport.showRate({ ...this.rate, limit, apart });
  }

  endTurn() {
    clearTimeout(this.gesture);
    this.gesture = setTimeout(() => this.settle(), GESTURE_MS);
  }

  /** The focus goes elsewhere: r is reported before what a click there asks for, which the report would end. */
  settle() {
    if (!this.turning) return;
    clearTimeout(this.gesture);
    this.turning = false;
    this.rest();
  }

  /** Report r and the loaded panels to the page once nothing is dragged or pending, so that it reruns only once. */
  rest() {
    if (this.turning || (this.isLab && !this.panelFeed.still)) return;
    const { r, decreasing } = this.rate;
    const { found, halted } = this.panelFeed.answer ?? NOTHING;
    if (found.length && !halted && found.every((panel) => panel?.whole)) {
      this.viewer.commit("finished", `${this.data.ask.name} ${r} ${decreasing}`);
    }
    this.reportRate();
  }

  /** The reader leaves the page: r is reported without its panels. */
  leave() {
    clearTimeout(this.gesture);
    if (this.query !== undefined) this.reportRate();
  }

  reportRate() {
    this.viewer.commit("r", this.rate.r);
    this.viewer.commit("decreasing", this.rate.decreasing);
  }

  stop() {
    clearTimeout(this.gesture);
    this.feed.stop();
    this.panelFeed.stop();
  }
}
