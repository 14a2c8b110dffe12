// Two photos under one query: both show the similarities of their patches to a pinned patch of one of them.

import { Feed } from "./records.js";
import { patchAt } from "./story.js";

/**
 * @import { RawHeat } from "./compare.js"
 * @import { PanelsHeat } from "./panels.js"
 * @import { State } from "./state.js"
 * @import { Viewer } from "./viewer.js"
 */

/**
 * The address of the similarities to `patch`; `query` contains both photos.
 * @param {string} query @param {number} patch
 */
export function similarityAddress(query, patch) {
  return `api/v1/similarity?${query}&patch=${patch}`;
}

/**
 * The index of the photo with the pinned patch.
 * @param {Pick<State, "pinned">} state
 */
export function pinnedOn({ pinned }) {
  return pinned?.on ?? 0;
}

export class Beside {
  /** @param {Viewer} viewer */
  constructor(viewer) {
    this.viewer = viewer;
    /** @type {string[] | null} */
    this.queries = null; // one per photo, for a patch of that photo
    /** @type {PanelsHeat | null} */
    this.heat = null;
    /** @param {string} text */
    const say = (text) => viewer.transport.say(text);
    /** @type {Feed<{ patch: number, layers: RawHeat, beside: RawHeat }>} */
    this.feed = new Feed({ show: (told, address) => this.take(told, address), say });
  }

  /**
   * queries: one for each of two photos, or null for a single photo.
   * @param {string[] | null} queries
   */
  follow(queries) {
    if (JSON.stringify(queries) === JSON.stringify(this.queries)) return;
    this.feed.stop();
    this.queries = queries;
    this.heat = null;
  }

  /** Called after a change of the pinned patch or of the photos. */
  pinned() {
    const { state, stories } = this.viewer;
    if (!this.queries || !state.pinned) return;
    const on = pinnedOn(state);
    this.feed.ask(similarityAddress(this.queries[on], patchAt(stories[on], state.pinned)), true);
  }

  /** @param {{ patch: number, layers: RawHeat, beside: RawHeat }} told @param {string} address */
  take({ patch, layers, beside }, address) {
    const on = (this.queries ?? []).findIndex((query) => address === similarityAddress(query, patch));
    this.heat = { patch, on, panels: on ? [beside, layers] : [layers, beside] };
    this.viewer.settle(this.viewer.data);
  }

  stop() {
    this.feed.stop();
  }
}
