// The r of one layer: slider and value, for the lesson and the playground.

import { tr } from "../page/language.js";
import { element } from "../viewer/controls.js";

/** @param {{onRate: (r: number) => void, onRateEnd: () => void}} actions */
export function makeRate({ onRate, onRateEnd }) {
  const range = element("input", {
    type: "range",
    min: "0",
    step: "1",
    "aria-label": tr("Edges that merge (r)"),
    input: () => onRate(Number(range.value)),
    change: () => onRateEnd(),
  });
  const value = element("output", {});
  return {
    element: element("label", { class: "lesson-rate" }, element("span", {}, "r"), range, value),
    /** @param {number} r @param {number} most */
    show(r, most) {
      range.max = String(most);
      range.value = String(r);
      value.textContent = tr("{r} of {most}", { r, most });
    },
  };
}
