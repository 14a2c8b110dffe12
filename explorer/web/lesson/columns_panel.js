// Steps 2 to 4: the two sets side by side, with the edges between them.

import { tr } from "../page/language.js";
import { element } from "../viewer/controls.js";
import { endsOf, makeColumns, rowsIn } from "./columns.js";
import { legibleEdges, nearestTokens } from "./match.js";
import { nameOf } from "./names.js";
import { number } from "./numbers.js";

/**
 * @import { Edge, Lesson } from "./decode.js"
 * @import { Panel, Shown } from "./panels.js"
 * @import { Events } from "./token_events.js"
 */

const ROOM = 9;

/**
 * Both sets as columns: a legible part or all of them.
 * @param {Lesson} lesson @param {number} step @param {Events} events @returns {Panel}
 */
export function columnsPanel(lesson, step, events) {
  const holder = element("div", { class: "lesson-scroll lesson-sets", tabindex: "-1" });
  const toggle = element("button", {
    type: "button",
    class: "lesson-link",
    click: () => {
      all = !all;
      holder.toggleAttribute("data-all", all);
      key = "";
      if (state) panel.show(state);
    },
  });
  const note = element("p", { class: "lesson-note" });
  let all = false;
  let room = ROOM;
  let key = "";
  /** @type {ReturnType<typeof makeColumns> | undefined} */
  let columns;
  /** @type {Shown | undefined} */
  let state;
  const panel = {
    element: element("div", {}, headsOf(lesson), holder, element("div", { class: "lesson-foot" }, note, toggle)),
    /** @param {Shown} next */
    show(next) {
      state = next;
      const { edges, a, b, words } = all ? wholeOf(lesson, step) : partOf(lesson, step, state, room);
      const wanted = `${all} ${a} ${b} ${edges.map((edge) => edge.rank)}`;
      if (!columns || wanted !== key) {
        columns = makeColumns(lesson, edges, { a, b, small: all, events });
        holder.replaceChildren(columns.element);
        key = wanted;
      }
      note.textContent = words;
      toggle.textContent = all ? tr("Show a few") : tr("Show all");
      columns.show(step === 3 ? state.r : Infinity, state.active);
    },
  };
  new ResizeObserver(() => {
    if (!columns || !state) return;
    const fit = Math.min(ROOM, rowsIn(holder, columns.element));
    if (fit === room) return;
    room = fit;
    panel.show(state);
  }).observe(holder);
  return panel;
}

/** @param {Lesson} lesson */
function headsOf(lesson) {
  return element(
    "div",
    { class: "lesson-heads" },
    element("span", { class: "lesson-a" }, "A: ", number("a", lesson.a.length)),
    element("span", { class: "lesson-b" }, "B: ", number("b", lesson.b.length)),
  );
}

/** @param {Lesson} lesson @param {number} step */
function wholeOf({ a, b, edges }, step) {
  const words = tr("All {a} A tokens and {b} B tokens.", { a: a.length, b: b.length });
  return { edges: step > 1 ? edges : [], a, b, words };
}

/**
 * The part of a layer shown at `step`, at most `room` rows; before step 4 it does not reveal the best edges.
 * @param {Lesson} lesson @param {number} step @param {Shown} state @param {number} room
 */
function partOf(lesson, step, { held, known }, room) {
  if (step === 1) {
    const near = nearestTokens(lesson, held, room);
    return {
      edges: [],
      ...near,
      words: tr("{count} of {all} tokens: those next to {token} in the list.", {
        count: near.a.length + near.b.length,
        all: lesson.a.length + lesson.b.length,
        token: nameOf(lesson, held),
      }),
    };
  }
  const edges = legibleEdges(lesson, held, room, known.ranks ? undefined : ({ source }) => Math.abs(source - held));
  const counts = { count: edges.length, all: lesson.edges.length };
  return {
    edges,
    ...endsOf(edges),
    words: known.ranks
      ? tr("{count} of {all} edges: the token's own and the strongest.", counts)
      : tr("{count} of {all} edges: the token's own and the nearest.", counts),
  };
}
