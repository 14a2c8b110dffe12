// The panels beside the photo, one per step.

import { tr } from "../page/language.js";
import { element } from "../viewer/controls.js";
import { columnsPanel } from "./columns_panel.js";
import { keysPanel } from "./keys_panel.js";
import { mergePanel } from "./merge_panel.js";
import { orderPanel } from "./order_panel.js";
import { sortPanel } from "./sort_panel.js";

/** Replaces a step if the layer has nothing left to merge. */
function emptyPanel() {
  return {
    element: element(
      "p",
      { class: "lesson-empty" },
      tr("With an earlier layer (above) or a smaller r (sidebar) there are tokens to merge."),
    ),
    show() {},
  };
}

/**
 * @import { Lesson } from "./decode.js"
 * @import { Known } from "./steps.js"
 * @import { Events } from "./token_events.js"
 */

/**
 * Input of a panel: the lesson's state, the active or held token, and what may be revealed.
 * @typedef {{r: number, active: number, held: number, weighted: boolean, known: Known}} Shown
 * @typedef {{element: HTMLElement, show: (state: Shown) => void, told?: HTMLElement | null, pick?: (token: number) => void}} Panel
 */

/**
 * The panel of a step.
 * @param {Lesson} lesson @param {number} step @param {Events} events
 * @param {{onWeighted: (weighted: boolean) => void, onNextLayer: () => void}} actions
 * @returns {Panel}
 */
export function makePanel(lesson, step, events, actions) {
  if (step === 0) return keysPanel(lesson);
  if (!lesson.cap) return emptyPanel();
  if (step === 3) return sortPanel(lesson, step, events);
  if (step === 4) return mergePanel(lesson, actions.onWeighted);
  if (step === 5) return orderPanel(lesson, actions.onNextLayer);
  return columnsPanel(lesson, step, events);
}
