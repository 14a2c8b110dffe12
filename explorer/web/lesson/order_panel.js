// Step 6: the list of tokens before and after the merge.

import { inParts, tr } from "../page/language.js";
import { element, svgElement } from "../viewer/controls.js";
import { PREFIX, SET_A, SET_B } from "./decode.js";
import { isLast, mixing, orderAfter, setAt } from "./match.js";
import { number, percent } from "./numbers.js";
import { prefixWords } from "./steps.js";

/**
 * @import { Lesson } from "./decode.js"
 * @import { Panel } from "./panels.js"
 */

/** @type {{set: number, name: string, bar: (i: number) => string}[]} */
const BARS = [
  { set: PREFIX, name: "lesson-fill-prefix", bar: (i) => `M${i} 0h1v10h-1z` },
  { set: SET_A, name: "lesson-fill-a", bar: (i) => `M${i} 0h1v5h-1z` },
  { set: SET_B, name: "lesson-fill-b", bar: (i) => `M${i} 5h1v5h-1z` },
];

/**
 * The list of tokens before and after, coloured by set.
 * @param {Lesson} lesson @param {() => void} onNext @returns {Panel}
 */
export function orderPanel(lesson, onNext) {
  const [before, after, resplit] = Array.from({ length: 3 }, () =>
    svgElement("svg", { class: "lesson-list", preserveAspectRatio: "none", role: "img" }),
  );
  const words = element("p", {});
  /** @param {string} text */
  const note = (text) => element("p", { class: "lesson-note" }, text);
  const next = element(
    "button",
    { type: "button", class: "tome-button lesson-next", click: onNext },
    isLast(lesson) ? tr("Back to layer 1") : tr("On to layer {layer}", { layer: lesson.layer + 1 }),
  );
  paintList(before, Array.from(lesson.set), tr("{count} tokens, A and B in turn", { count: lesson.tokens }));
  return {
    element: element(
      "div",
      {},
      note(tr("Input order, split in this layer")),
      before,
      note(
        lesson.prefix.length
          ? tr("After the merge: {prefix}, the rest of A, then B", { prefix: prefixWords(lesson) })
          : tr("After the merge: the rest of A, then B"),
      ),
      after,
      note(
        isLast(lesson)
          ? tr("The same list as one more layer would split it: even positions are A")
          : tr("The same list as the next layer splits it: even positions are A"),
      ),
      element("div", { class: "lesson-resplit" }, resplit),
      words,
      next,
    ),
    show({ r }) {
      const order = orderAfter(lesson, r);
      const count = order.length;
      const [sets, newSets] = [
        order.map(([token]) => lesson.set[token]),
        order.map((_, place) => setAt(lesson, place)),
      ];
      paintList(after, sets, tr("{count} tokens: prefix, rest of A, B", { count }));
      paintList(resplit, newSets, tr("{count} tokens, A and B in turn again", { count }));
      words.replaceChildren(...mixingSaid(lesson, r));
    },
  };
}

/**
 * Draw a list of tokens with their sets in `sets`.
 * @param {SVGElement} svg @param {number[]} sets @param {string} label
 */
function paintList(svg, sets, label) {
  svg.setAttribute("viewBox", `0 0 ${sets.length} 10`);
  svg.setAttribute("aria-label", label);
  svg.replaceChildren(
    ...BARS.map(({ set, name, bar }) =>
      svgElement("path", { class: name, d: sets.flatMap((own, i) => (own === set ? [bar(i)] : [])).join("") }),
    ),
  );
}

/** @param {Lesson} lesson @param {number} r */
function mixingSaid(lesson, r) {
  const { moved, tokens, fresh, all } = mixing(lesson, r);
  const [sides, pairs] = mixingWords(isLast(lesson), all);
  return [
    ...inParts(sides, { moved: number("moved", moved), tokens }),
    " ",
    ...inParts(pairs, { all, fresh: number("fresh", fresh), share: all ? percent(fresh / all) : "" }),
  ];
}

/**
 * The sentences on the tokens that change sides and on the pairs; `last`: no layer is left to compare them.
 * @param {boolean} last @param {number} all
 */
export function mixingWords(last, all) {
  if (last) {
    return [
      tr("{moved} of {tokens} patch tokens would change sides."),
      all
        ? tr(
            "Of the {all} pairs that one more layer would compare, {fresh} ({share}) sat within one set here and could not meet.",
          )
        : tr("Of the {all} pairs that one more layer would compare, {fresh} are new."),
    ];
  }
  return [
    tr("{moved} of {tokens} patch tokens change sides."),
    all
      ? tr(
          "Of the {all} pairs that the next layer compares, {fresh} ({share}) sat within one set here and could not meet.",
        )
      : tr("Of the {all} pairs that the next layer compares, {fresh} are new."),
  ];
}
