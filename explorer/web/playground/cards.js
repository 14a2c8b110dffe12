// A card for each method: its result on the same points, its sum and its steps.

import { tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { element, svgElement } from "../viewer/controls.js";
import { linesPath, markPath, setOf, VIEW_BOX } from "./marks.js";
import { keptSum } from "./match.js";
import { METHODS, matchPoints } from "./state.js";

/**
 * @import { Token } from "./match.js"
 * @import { Match } from "./state.js"
 */

/**
 * onChoose(method) reports a click on a card.
 * @param {(method: string) => void} onChoose
 */
export function makeCards(onChoose) {
  const cards = METHODS.map(([method, label]) => makeCard(method, label, () => onChoose(method)));
  return {
    element: element(
      "div",
      { class: "play-cards", role: "group", "aria-label": tr("Methods on the same points") },
      ...cards.map((card) => card.button),
    ),
    /**
     * Draw each method's result on `tokens`, of which `join` may merge; `chosen` is the method shown in the plane.
     * @param {Token[]} tokens @param {number} join @param {string} chosen
     */
    show(tokens, join, chosen) {
      for (const card of cards) {
        drawCard(card, tokens, matchPoints(tokens, card.method, join));
        card.button.setAttribute("aria-pressed", String(card.method === chosen));
      }
    },
  };
}

/** @param {string} method @param {string} label @param {() => void} click */
function makeCard(method, label, click) {
  const [lines, marks] = [svgElement("path", { class: "play-line" }), svgElement("g", {})];
  const sum = element("b", { "data-number": `sum-${method}` });
  const steps = element("b", { "data-number": `steps-${method}` });
  const button = element(
    "button",
    { type: "button", class: "play-card", "data-method": method, click },
    svgElement("svg", { viewBox: VIEW_BOX, "aria-hidden": "true" }, lines, marks),
    element("span", { class: "play-name" }, label),
    element("span", {}, `${tr("sum")} `, sum),
    element("span", {}, `${tr("steps")} `, steps),
  );
  return { method, button, lines, marks, sum, steps };
}

/** @param {ReturnType<typeof makeCard>} card @param {Token[]} tokens @param {Match} match */
function drawCard({ lines, marks, sum, steps }, tokens, match) {
  lines.setAttribute("d", linesPath(tokens, match.edges));
  marks.replaceChildren(
    ...tokens.map((token, i) => {
      const set = setOf(match.sets, i);
      return svgElement("path", { d: markPath(token, set, 1.3), class: `play-mark play-${set}` });
    }),
  );
  sum.textContent = fixed(keptSum(match.edges), 3);
  steps.textContent = String(match.edges.length ? match.steps : 0);
}
