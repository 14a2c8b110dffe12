// Step 4: the edges sorted by similarity, and the cut at r.

import { inParts, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { element, svgElement } from "../viewer/controls.js";
import { columnsPanel } from "./columns_panel.js";
import { number } from "./numbers.js";

/**
 * @import { Lesson } from "./decode.js"
 * @import { Panel, Shown } from "./panels.js"
 * @import { Events } from "./token_events.js"
 */

/**
 * Similarity over rank, with the cut at r.
 * @param {Lesson} lesson
 */
function curveOf(lesson) {
  const count = lesson.edges.length;
  const scores = lesson.edges.map((edge) => edge.similarity);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  /** @param {number} score */
  const y = (score) => (high > low ? (96 * (high - score)) / (high - low) + 2 : 50);
  const steps = scores.map((score, i) => `${i ? "L" : "M"}${i} ${y(score).toFixed(2)}H${i + 1}`).join("");
  const kept = svgElement("rect", { x: 0, y: 0, height: 100, class: "lesson-kept" });
  const cut = svgElement("path", { class: "lesson-cut" });
  const words = element("p", { class: "lesson-note" });
  const svg = svgElement(
    "svg",
    {
      viewBox: `0 0 ${Math.max(count, 1)} 100`,
      preserveAspectRatio: "none",
      class: "lesson-curve",
      role: "img",
      "aria-label": tr("Similarity of the {count} edges, sorted: from {high} down to {low}", {
        count,
        high: fixed(high, 4),
        low: fixed(low, 4),
      }),
    },
    kept,
    svgElement("path", { d: steps, class: "lesson-slope" }),
    cut,
  );
  return {
    element: element("div", { class: "lesson-sorted" }, svg, words),
    /** @param {Shown} state */
    show({ r }) {
      kept.setAttribute("width", String(r));
      cut.setAttribute("d", `M${r} 0V100`);
      const last = r
        ? inParts(tr("Last that merges: {last}."), { last: number("last", fixed(scores[r - 1], 4)) })
        : [tr("None merges.")];
      const next =
        r < count ? inParts(tr("First beyond r: {next}."), { next: number("first-out", fixed(scores[r], 4)) }) : [];
      const range = tr("Sorted from {high} to {low}.", { high: fixed(high, 4), low: fixed(low, 4) });
      words.replaceChildren(range, " ", ...last, " ", ...next);
    },
  };
}

/**
 * The curve, and below it the columns.
 * @param {Lesson} lesson @param {number} step @param {Events} events @returns {Panel}
 */
export function sortPanel(lesson, step, events) {
  const [curve, columns] = [curveOf(lesson), columnsPanel(lesson, step, events)];
  return {
    element: element("div", {}, curve.element, columns.element),
    show(state) {
      curve.show(state);
      columns.show(state);
    },
  };
}
