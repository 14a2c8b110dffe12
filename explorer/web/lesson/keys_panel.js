// Step 1: keys as bars, and the similarity of two of them.

import { inParts, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { element, svgElement } from "../viewer/controls.js";
import { thumbnail } from "./columns.js";
import { rowOf } from "./match.js";
import { nameOf } from "./names.js";
import { number } from "./numbers.js";

/**
 * @import { Lesson } from "./decode.js"
 * @import { Panel } from "./panels.js"
 */

/** @param {Lesson} lesson @param {number} token @param {(string | Node)[]} words */
function keyStrip(lesson, token, words) {
  const bars = Array.from({ length: lesson.dimension }, (_, i) => {
    const value = lesson.keys[token * lesson.dimension + i] / 127;
    return `M${i + 0.5} 0V${(-value).toFixed(3)}`;
  });
  return element(
    "div",
    { class: "lesson-key" },
    thumbnail(lesson, token),
    element(
      "div",
      {},
      element("p", {}, ...words),
      svgElement(
        "svg",
        {
          viewBox: `0 -1 ${lesson.dimension} 2`,
          preserveAspectRatio: "none",
          "aria-hidden": "true",
          class: "lesson-strip",
        },
        svgElement("path", { d: `M0 0H${lesson.dimension}`, class: "lesson-axis" }),
        svgElement("path", { d: bars.join("") }),
      ),
    ),
  );
}

/**
 * The keys of the token, its most similar partner and its least similar one.
 * @param {Lesson} lesson @returns {Panel}
 */
export function keysPanel(lesson) {
  const box = element("div", { class: "lesson-keys" });
  let shown = "";
  return {
    element: box,
    show({ active, known }) {
      const wanted = `${active} ${known.partners}`;
      if (wanted === shown) return;
      shown = wanted;
      const row = rowOf(lesson, active);
      const compare =
        row.length > 1
          ? [
              { ...row[0], end: "most", words: tr("{token}, most similar: cosine {value}") },
              { ...row[row.length - 1], end: "least", words: tr("{token}, least similar: cosine {value}") },
            ].slice(known.partners ? 0 : 1)
          : [];
      box.replaceChildren(
        keyStrip(lesson, active, [tr("Key of {token}", { token: nameOf(lesson, active) })]),
        ...compare.map(({ token, similarity, end, words }) =>
          keyStrip(
            lesson,
            token,
            inParts(words, { token: nameOf(lesson, token), value: number(end, fixed(similarity, 4)) }),
          ),
        ),
        element(
          "p",
          { class: "lesson-note" },
          tr("Bars: the numbers of the key. Where they rise and fall together, the cosine is near 1."),
          known.partners || row.length < 2 ? "" : ` ${tr("Which key is most similar? Step 3 asks.")}`,
        ),
      );
    },
  };
}
