// The lesson's drawing on the photo for a step, an r and the active token.

import { PREFIX, SET_A } from "./decode.js";
import { fillOf } from "./fill.js";
import { setAt } from "./match.js";

/**
 * @import { Look } from "./lesson.js"
 * @import { Lesson } from "./decode.js"
 * @import { LessonPhoto } from "./photo.js"
 */

const LETTERS_UP_TO = 420; // tokens: with more, letters are too small to read

/** @param {number} set */
const letterOf = (set) => (set === PREFIX ? "" : set === SET_A ? "A" : "B");

/**
 * Input token → output token, given the new order.
 * @param {Lesson} lesson @param {number[][]} order
 */
export function slotsOf(lesson, order) {
  const slots = new Uint16Array(lesson.tokens);
  order.forEach((tokens, place) => {
    for (const token of tokens) slots[token] = place;
  });
  return slots;
}

/**
 * Borders between input tokens, or from step 5 between output tokens.
 * @param {LessonPhoto} photo @param {Lesson} lesson @param {Uint16Array | null} merged
 */
export function drawBorders(photo, lesson, merged) {
  photo.divide(merged ? (patch) => merged[lesson.labels[patch]] : (patch) => lesson.labels[patch]);
}

/**
 * The edges of a step, or of an open question.
 * @param {LessonPhoto} photo @param {Lesson} lesson @param {Look} look
 */
export function drawEdges(photo, lesson, { step, r, active, asked }) {
  if (asked?.kind === "pairs") photo.lines({ strong: asked.options.map((option) => option.edge) });
  else if (asked || step < 2 || step === 5) photo.lines({});
  else if (step === 2) {
    const own = lesson.edges.filter((edge) => edge.source === active || edge.destination === active);
    photo.lines({ faint: lesson.edges, strong: own });
  } else photo.lines({ faint: step === 3 ? lesson.edges.slice(r) : [], strong: lesson.edges.slice(0, r) });
}

/**
 * Draw fills, letters and outlines; return the legend. look: the state with active, asked, picked, order and slot.
 * @param {LessonPhoto} photo @param {Lesson} lesson @param {Look} look
 */
export function drawTokens(photo, lesson, look) {
  const { fill, legend } = fillOf(lesson, look);
  photo.paint(fill);
  photo.press(look.pinned);
  photo.write(lesson.tokens <= LETTERS_UP_TO ? lettersOf(lesson, look) : null);
  drawOutlines(photo, lesson, look);
  return legend;
}

/**
 * token → letter of its set in step 2, of its next set in step 6.
 * @param {Lesson} lesson @param {Look} look @returns {((token: number) => string) | null}
 */
function lettersOf(lesson, { step, order, slot }) {
  if (step === 1) return (token) => letterOf(lesson.set[token]);
  if (step !== 5) return null;
  const firsts = new Set(order.map(([token]) => token));
  return (token) => (firsts.has(token) ? letterOf(setAt(lesson, slot[token])) : "");
}

/** @param {LessonPhoto} photo @param {Lesson} lesson @param {Look} look */
function drawOutlines(photo, lesson, { step, active, asked, picked }) {
  if (!asked) {
    photo.outline(active, step >= 2 ? lesson.edgeFrom.get(active)?.destination : null);
    return;
  }
  const answer = asked.kind === "photo" ? asked.answer : null;
  photo.outline(asked.about, picked === null ? null : answer, picked === answer ? null : picked);
}
