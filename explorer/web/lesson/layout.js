// The lesson's elements on the page; their behaviour is in lesson.js.

import { tr } from "../page/language.js";
import { element, svgElement } from "../viewer/controls.js";
import { lockPath } from "./columns.js";
import { nameOf } from "./names.js";
import { makeRate } from "./rate.js";

/**
 * @import { Lesson } from "./decode.js"
 * @import { Events } from "./token_events.js"
 */

/**
 * The r of this layer, and its origin.
 * @param {{onRate: (r: number) => void, onRateEnd: () => void}} actions
 */
export function makeRateBar(actions) {
  const rate = makeRate(actions);
  const whose = tr(
    "This slider: this layer only. The page's r (sidebar): every layer, and so what arrives here. The playground has an r of its own.",
  );
  return { ...rate, element: element("div", {}, rate.element, element("p", { class: "lesson-note" }, whose)) };
}

/**
 * The containers that lesson.js fills, inside `element`.
 * @param {HTMLElement} bar @param {(event: KeyboardEvent) => void} onKey
 */
export function makeLayout(bar, onKey) {
  const sentence = element("p", { class: "lesson-sentence" });
  const whys = element("div", {});
  const picture = element("div", { class: "lesson-picture" });
  const told = element("div", { class: "lesson-told" });
  const legend = element("p", { class: "lesson-note lesson-legend" });
  const details = element("p", { class: "lesson-details" });
  const side = element("div", { class: "lesson-side" });
  const live = element("p", { class: "tome-live", "aria-live": "polite" });
  const body = element("div", { class: "lesson-body" }, element("div", {}, picture, told, legend, details), side);
  return {
    sentence,
    whys,
    picture,
    told,
    legend,
    details,
    side,
    live,
    element: element("div", { class: "tome-viewer lesson", keydown: onKey }, bar, sentence, whys, body, live),
  };
}

/**
 * A button for each prefix token, since these are not on the photo.
 * @param {Lesson} lesson @param {Events} events
 */
export function makeChips(lesson, { onHover, onPin }) {
  return lesson.prefix.map((_, token) =>
    element(
      "button",
      {
        type: "button",
        class: "lesson-chip",
        "data-token": token,
        click: () => onPin(token),
        "aria-label": tr("{name}, protected", { name: nameOf(lesson, token) }),
        pointerenter: () => onHover(token),
        pointerleave: () => onHover(null),
      },
      svgElement("svg", { viewBox: "0 0 20 20", class: "tome-icon", "aria-hidden": "true" }, lockPath()),
      nameOf(lesson, token),
    ),
  );
}
