// The playground's elements on the page.

import { makeRate } from "../lesson/rate.js";
import { tr } from "../page/language.js";
import { element } from "../viewer/controls.js";
import { makeLegend } from "./marks.js";
import { FEWEST, MOST } from "./state.js";

const TERMS = tr(
  "sum: the cosines of the edges that merge, added up. steps: how many it takes, each waiting for the one before. " +
    "One-to-one never has a larger sum than soft matching on the same split, where every A token keeps its best edge even if " +
    "others chose the same B. k-means may keep more similarity, but iterates.",
);

/**
 * The playground's own r; hidden if no edge can merge.
 * @param {Parameters<typeof makeRate>[0]} actions
 */
export function makeOwnRate(actions) {
  const rate = makeRate(actions);
  return {
    element: rate.element,
    /** @param {number} r @param {number} most */
    show(r, most) {
      rate.element.hidden = !most;
      rate.show(r, most);
    },
  };
}

/**
 * Buttons: merge and back; more, fewer or new points.
 * @param {{onRound: (by: number) => void, onAdd: () => void, onRemove: () => void, onFresh: () => void}} actions
 */
export function makeButtons({ onRound, onAdd, onRemove, onFresh }) {
  /** @param {string} label @param {() => void} click */
  const button = (label, click) =>
    element("button", { type: "button", class: "tome-button play-button", click }, label);
  const merge = button(tr("Merge, next layer"), () => onRound(1));
  const undo = button(tr("Back"), () => onRound(-1));
  const more = button(tr("Add a point"), onAdd);
  const fewer = button(tr("Remove one"), onRemove);
  const fresh = button(tr("Other points"), onFresh);
  return {
    element: element("div", { class: "play-buttons" }, merge, undo, more, fewer, fresh),
    /** @param {{r: number, rounds: number, points: number}} shown */
    show({ r, rounds, points }) {
      merge.disabled = !r;
      undo.disabled = !rounds;
      more.disabled = points >= MOST;
      fewer.disabled = points <= FEWEST;
    },
  };
}

/**
 * The plane with its legend and buttons; beside it r, the facts and a card for each method.
 * @param {Record<"plane" | "buttons" | "rate" | "facts" | "cards" | "step", Element>} parts
 */
export function makeLayout({ plane, buttons, rate, facts, cards, step }) {
  return element(
    "div",
    { class: "tome-viewer lesson play" },
    element(
      "div",
      { class: "lesson-body" },
      element("div", { class: "play-left" }, plane, makeLegend(), buttons),
      element("div", { class: "play-right" }, rate, facts, element("p", { class: "lesson-note" }, TERMS), cards, step),
    ),
  );
}
