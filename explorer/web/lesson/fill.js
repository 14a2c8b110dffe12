// The fill colours of the tokens on the photo, step by step, and their legend.

import { tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { PREFIX, SET_A } from "./decode.js";
import { isLast, rowOf, setAt } from "./match.js";
import { nameOf } from "./names.js";
import { heatColour, makeScale } from "./scale.js";

/**
 * @import { Look } from "./lesson.js"
 * @import { Lesson } from "./decode.js"
 * @typedef {{fill: (token: number) => string, legend: (Node | string)[]}} Fill
 */

/** @param {number} set */
const washOf = (set) => (set === PREFIX ? "" : set === SET_A ? "var(--lesson-a-wash)" : "var(--lesson-b-wash)");

/**
 * Return { fill(token) → CSS colour or "", legend }; look: the state with active, asked, order and slot.
 * @param {Lesson} lesson @param {Look} look @returns {Fill}
 */
export function fillOf(lesson, look) {
  const { step, asked, attention, order, slot } = look;
  /** @param {Fill["fill"]} fill */
  const plain = (fill) => ({ fill, legend: [] });
  if (asked?.kind === "photo") return plain((token) => (lesson.set[token] === SET_A ? "var(--lesson-dim)" : ""));
  if (asked || step === 0 || step === 3) return plain(() => "");
  if (step === 1) return plain((token) => washOf(lesson.set[token]));
  if (step === 5) {
    return {
      fill: (token) => washOf(setAt(lesson, slot[token])),
      legend: [
        isLast(lesson)
          ? tr("Letters and colours on the photo: A and B as one more layer would split them.")
          : tr("Letters and colours on the photo: A and B as the next layer splits them."),
        " ",
        tr("A name below the photo, such as A 12, is that of this layer."),
      ],
    };
  }
  if (step === 4 && !attention) return plain((token) => (order[slot[token]].length > 1 ? "var(--lesson-group)" : ""));
  return step === 4 ? attentionFill(lesson, look.weighted) : rowFill(lesson, look.active);
}

/** @param {Lesson} lesson @param {boolean} weighted @returns {Fill} */
function attentionFill(lesson, weighted) {
  const received = lesson[weighted ? "proportional" : "unweighted"];
  /** @param {number} token */
  const density = (token) => received[token] / lesson.sizes[token];
  const most = Math.max(...lesson.members.map((patches, token) => (patches.length ? density(token) : 0)));
  const legend = makeScale(tr("Attention per patch: 0"), `${fixed(100 * most, 2)} %`);
  return { fill: (token) => heatColour(density(token) / most), legend };
}

/** @param {Lesson} lesson @param {number} active @returns {Fill} */
function rowFill(lesson, active) {
  const row = rowOf(lesson, active);
  if (!row.length) return { fill: () => "", legend: [] };
  const [high, low] = [row[0].similarity, row[row.length - 1].similarity];
  const heat = new Map(
    row.map(({ token, similarity }) => [token, heatColour(high > low ? (similarity - low) / (high - low) : 1)]),
  );
  const legend = makeScale(
    tr("Cosine to {token}: {low}", { token: nameOf(lesson, active), low: fixed(low, 4) }),
    fixed(high, 4),
  );
  return { fill: (token) => heat.get(token) ?? "var(--lesson-dim)", legend };
}
