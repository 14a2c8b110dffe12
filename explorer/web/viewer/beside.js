// Two photos under one query: the reader pins a patch of one, and both show how similar each of their patches is to it.

import { Feed } from "./records.js";
import { patchAt } from "./story.js";

/** The address of the similarities to `patch`; `query` names its photo and the other one. */
export function similarityAddress(query, patch) {
  return `api/v1/similarity?${query}&patch=${patch}`;
}

/** Which of two photos the pinned patch is of. */
export function pinnedOn({ pinned }) {
  return pinned?.on ?? 0;
}

export class Beside {
  constructor(viewer) {
    this.viewer = viewer;
    this.queries = null; // one for a patch of each photo
    this.heat = null; // {patch, on: the photo it is of, panels: layers of each}
    const say = (text) => viewer.transport.say(text);
    this.feed = new Feed({ show: (told, address) => this.take(told, address), say });
  }

  /** queries: those of two photos, or null where there are no two. */
  follow(queries) {
    if (JSON.stringify(queries) === JSON.stringify(this.queries)) return;
    this.feed.stop();
    this.queries = queries;
    this.heat = null;
  }

  /** Another patch is pinned, or other photos are shown. */
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
