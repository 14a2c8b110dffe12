// Beside the pictures: the family trees of the pinned patch, or the facts of the layer.

import { retell, tr } from "../page/language.js";
import { element } from "./controls.js";
import { makeFamily } from "./family.js";
import { layerFacts, patchAt } from "./story.js";

/**
 * @import { FamilyEvents } from "./family.js"
 * @import { Panel } from "./panel.js"
 * @import { State } from "./state.js"
 * @import { Story } from "./story.js"
 */

const MOST_FAMILIES = 2; // with more pictures, trees are hard to assign

export class Families {
  /** @param {FamilyEvents} events */
  constructor(events) {
    this.events = events;
    this.element = element("div", { class: "tome-families" });
    this.facts = element("div", { class: "tome-facts" });
    /** @type {ReturnType<typeof makeFamily>[]} */
    this.shown = [];
  }

  /**
   * Called after a change of the pinned patch, which belongs to the `owners` among `panels`.
   * @param {Panel[]} panels @param {Panel[]} owners @param {State} state
   */
  pin(panels, owners, { pinned, subject, layer }) {
    const several = panels.length > 1;
    this.shown = [];
    if (panels.length > MOST_FAMILIES) {
      this.element.replaceChildren();
      return;
    }
    if (pinned)
      this.shown = owners.map(({ story, title }) =>
        makeFamily(story, several ? retell(title) : "", patchAt(story, pinned), this.events),
      );
    const hint = tr("Pin a region to see what joined it, layer by layer.");
    this.element.replaceChildren(
      ...(several || subject !== "photo" ? [] : [this.facts]),
      ...(pinned ? this.shown.map((family) => family.section) : [element("p", { class: "tome-hint" }, hint)]),
    );
    for (const family of this.shown) family.show(layer);
  }

  /** Scroll to the first tree, and move the focus there. */
  reveal() {
    const [family] = this.shown;
    family?.section.scrollIntoView({ block: "start" });
    family?.section.querySelector("button")?.focus({ preventScroll: true });
  }

  /** @param {Story} story @param {number} layer */
  show(story, layer) {
    for (const family of this.shown) family.show(layer);
    this.facts.replaceChildren(...layerFacts(story, layer).map((fact) => element("p", {}, fact)));
  }
}
