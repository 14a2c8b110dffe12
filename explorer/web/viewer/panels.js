// The pictures side by side, one per record, and comparisons between them.

import { element } from "./controls.js";
import { Panel } from "./panel.js";
import { clampLayer } from "./story.js";

/**
 * @import { RawHeat } from "./compare.js"
 * @import { PanelEvents } from "./panel.js"
 * @import { Record } from "./record_types.js"
 * @import { State } from "./state.js"
 * @import { Story, StoryImage } from "./story.js"
 *
 * @typedef {{ patch: number, on?: number, panels: (RawHeat | null)[] }} PanelsHeat `on`: index of the patch's photo among two
 *
 * @typedef {object} Shown
 * @property {Record[]} panels
 * @property {string[]} [titles]
 * @property {string[]} [notes]
 * @property {boolean[]} [awaited]
 * @property {(string | undefined)[]} [tags]
 */

const MANY = 4;

export class Panels {
  /** @param {PanelEvents & { onResize: () => void }} events */
  constructor(events) {
    this.events = events;
    /** @type {Panel[]} */
    this.list = [];
    /** @type {Story[]} */
    this.stories = [];
    /** @type {string[]} */
    this.sources = [];
    /** @type {Map<string, StoryImage>} */
    this.images = new Map();
    this.element = element("div", { class: "tome-panels" });
    this.observer = new ResizeObserver(() => events.onResize());
  }

  /**
   * Draw the records `panels`; pictures that wait for another run stay as they were.
   * @param {Shown} shown
   */
  load({ panels, titles = [], notes = [], awaited = [], tags = [] }) {
    if (!panels?.length) throw new RangeError("panels must hold at least one story, got none");
    const several = panels.length > 1;
    const sources = panels.map((story, i) => JSON.stringify([tags[i] ?? story, titles[i], notes[i], several]));
    const before = this.list;
    this.list = panels.map((story, i) => {
      // Unchanged panels keep their scenes: of twelve, few change at once.
      if (sources[i] === this.sources[i]) return before[i];
      if (awaited[i] && before[i]?.shows(story, titles[i])) return before[i].wait(notes[i]);
      return new Panel(story, { title: titles[i], note: notes[i], images: this.images }, several, this.events);
    });
    this.sources = sources;
    this.stories = this.list.map((panel) => panel.story);
    const shown = new Set(panels.map((story) => story.picture.src));
    for (const src of this.images.keys()) if (!shown.has(src)) this.images.delete(src);
    this.place(before);
  }

  /**
   * Put the panels' figures in place of those of `before`. A kept panel's is not touched, which would lay it out anew.
   * @param {Panel[]} before
   */
  place(before) {
    for (const panel of before) if (!this.list.includes(panel)) this.observer.unobserve(panel.canvas);
    this.list.forEach(({ figure, canvas }, i) => {
      const there = this.element.children[i];
      if (there === figure) return;
      if (there) there.replaceWith(figure);
      else this.element.append(figure);
      this.observer.observe(canvas);
    });
    while (this.element.children.length > this.list.length) this.element.lastElementChild?.remove();
  }

  get several() {
    return this.list.length > 1;
  }

  get many() {
    return this.list.length > MANY;
  }

  /** The last layer of all panels. */
  get last() {
    return Math.max(...this.stories.map((story) => story.depth));
  }

  get largest() {
    return Math.max(...this.stories.map((story) => story.largest));
  }

  /**
   * The panels of the pinned patch: with two photos, one of them.
   * @param {State} state
   */
  owners(state) {
    return this.list.filter((panel) => panel.owns(state));
  }

  /** The panels that are neither waiting nor failed. */
  get told() {
    return this.list.filter((panel) => !panel.note);
  }

  /**
   * @param {PanelsHeat | null} heat
   * @param {number | null} reference index of the reference panel
   * @param {boolean} places whether these are two different photos, which do not share patches
   */
  compare(heat, reference, places) {
    const rivals = reference !== null && this.several;
    const rival = rivals && !this.list[reference].waits ? this.stories[reference] : null;
    this.list.forEach((panel, i) => {
      panel.place = places ? i : null;
      panel.compare(
        heat && { ...heat, of: this.list[heat.on ?? -1]?.story, layers: heat.panels[i] },
        reference === i || panel.waits ? null : rival,
        rivals ? reference === i : null,
      );
    });
    return rivals;
  }

  /**
   * Whether similarities are shown, their range in the first picture, and the share of panels with a comparison.
   * @param {State} state
   */
  heatOf(state) {
    const { told } = this;
    const compared = told.filter((panel) => panel.compared(state)).length / Math.max(told.length, 1);
    const [first] = this.list;
    const range = first?.heatOf(state)?.layers[clampLayer(state.layer, first.story.last)] ?? undefined;
    return { heated: this.list.some((panel) => panel.heatOf(state)), compared, range };
  }

  stop() {
    this.observer.disconnect();
  }
}
