// Two photos under one query: both show the similarities of their patches to a pinned patch of one of them.

import { Feed } from "./records.js";
import { patchAt } from "./story.js";

/** The address of the similarities to `patch`; `query` contains both photos. */
export function similarityAddress(query, patch) {
  return `api/v1/similarity?${query}&patch=${patch}`;
}

/** The index of the photo with the pinned patch. */
export function pinnedOn({ pinned }) {
  return pinned?.on ?? 0;
}

export class Beside {
  constructor(viewer) {
    this.viewer = viewer;
    this.queries = null; // one per photo, for a patch of that photo
    this.heat = null; // {patch, on: index of its photo, panels: layers of each}
    const say = (text) => viewer.transport.say(text);
    this.feed = new Feed({ show: (told, address) => this.take(told, address), say });
  }

  /** queries: one for each of two photos, or null for a single photo. */
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

  take({ patch, layers, beside }, address) {
    const on = this.queries.findIndex((query) => address === similarityAddress(query, patch));
    this.heat = { patch, on, panels: on ? [beside, layers] : [layers, beside] };
    this.viewer.settle(this.viewer.data);
  }

  stop() {
    this.feed.stop();
  }
}
