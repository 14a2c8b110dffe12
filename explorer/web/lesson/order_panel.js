// Step 6: the list of tokens before and after the merge.

import { inParts, tr } from "../page/language.js";
import { element, svgElement } from "../viewer/controls.js";
import { mixing, orderAfter, PREFIX, SET_A, SET_B, setAt } from "./match.js";
import { number, percent } from "./numbers.js";

const BARS = [
  { set: PREFIX, name: "lesson-fill-prefix", bar: (i) => `M${i} 0h1v10h-1z` },
  { set: SET_A, name: "lesson-fill-a", bar: (i) => `M${i} 0h1v5h-1z` },
  { set: SET_B, name: "lesson-fill-b", bar: (i) => `M${i} 5h1v5h-1z` },
];

/** The list of tokens before and after, coloured by set. */
export function orderPanel(lesson, onNext) {
  const [before, after, resplit] = Array.from({ length: 3 }, () =>
    svgElement("svg", { class: "lesson-list", preserveAspectRatio: "none", role: "img" }),
  );
  const words = element("p", {});
  const note = (text) => element("p", { class: "lesson-note" }, text);
  const next = element(
    "button",
    { type: "button", class: "tome-button lesson-next", click: onNext },
    lesson.layer < lesson.depth ? tr("On to layer {layer}", { layer: lesson.layer + 1 }) : tr("Back to layer 1"),
  );
  paintList(before, Array.from(lesson.set), tr("{count} tokens, A and B in turn", { count: lesson.tokens }));
  return {
    element: element(
      "div",
      {},
      note(tr("Input order, split in this layer")),
      before,
      note(tr("After the merge: prefix, the rest of A, then B")),
      after,
      note(tr("The same list as the next layer splits it: even positions are A")),
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
      words.replaceChildren(...mixingSaid(mixing(lesson, r)));
    },
  };
}

/** Draw a list of tokens with their sets in `sets`. */
function paintList(svg, sets, label) {
  svg.setAttribute("viewBox", `0 0 ${sets.length} 10`);
  svg.setAttribute("aria-label", label);
  svg.replaceChildren(
    ...BARS.map(({ set, name, bar }) =>
      svgElement("path", { class: name, d: sets.flatMap((own, i) => (own === set ? [bar(i)] : [])).join("") }),
    ),
  );
}

function mixingSaid({ moved, tokens, fresh, all }) {
  return [
    ...inParts(tr("{moved} of {tokens} patch tokens change sides."), { moved: number("moved", moved), tokens }),
    " ",
    ...inParts(
      all
        ? tr(
            "Of the {all} pairs that the next layer compares, {fresh} ({share}) sat within one set here and could not meet.",
          )
        : tr("Of the {all} pairs that the next layer compares, {fresh} are new."),
      { all, fresh: number("fresh", fresh), share: all ? percent(fresh / all) : "" },
    ),
  ];
}
