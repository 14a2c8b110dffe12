// The viewer's controls of r and its schedule.

import { tr } from "../page/language.js";
import { element } from "./controls.js";

/** @typedef {{ r: number, decreasing: boolean }} Rate */

const RATE = tr("Tokens merged per layer (r)");

/**
 * r and its schedule, hidden until `show` gets a limit, and a status line.
 * @param {(rate: Rate) => void} onRate @param {() => void} onRateEnd
 */
export function makeRate(onRate, onRateEnd) {
  const range = element("input", {
    type: "range",
    min: "0",
    step: "1",
    "aria-label": RATE,
    title: tr("Every layer merges the r most similar pairs, up to half of its tokens."),
    input: () => told(),
    change: () => onRateEnd(),
  });
  const decreasing = element("input", {
    type: "checkbox",
    change: () => {
      told();
      onRateEnd();
    },
  });
  const value = element("output", { class: "tome-readout" });
  const status = element("p", { class: "tome-status", role: "status" });
  const told = () => onRate({ r: Number(range.value), decreasing: decreasing.checked });
  const name = element("span", { class: "tome-rate-name", "aria-hidden": "true" }, RATE);
  const controls = element(
    "div",
    { class: "tome-rate", hidden: true },
    name,
    range,
    value,
    element(
      "label",
      {
        class: "tome-check",
        title: tr(
          "Merge 2r in the first layer, falling to 0 in the last: about as many tokens in all, but earlier, so faster.",
        ),
      },
      decreasing,
      element("span", {}, tr("Decreasing schedule")),
    ),
  );
  return {
    row: element("div", { class: "tome-rate-row" }, controls, status),
    /**
     * `apart`: number of frames that share r.
     * @param {Rate & { limit: number | null, apart?: number }} rate
     */
    show({ r, decreasing: falling, limit, apart = 1 }) {
      controls.hidden = limit === null;
      range.max = String(limit ?? 0);
      range.value = String(r);
      decreasing.checked = falling;
      name.textContent = apart > 1 ? tr("r in each layer") : RATE; // short, to leave the slider its width
      value.textContent = apart > 1 ? tr("r = {r}: {share} a frame", { r, share: Math.floor(r / apart) }) : `r = ${r}`;
    },
    /** @param {string} text */
    say(text) {
      if (status.textContent !== text) status.textContent = text;
    },
  };
}
