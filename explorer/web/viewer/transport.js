// The controls under the picture: the layer with its curve, and r.

import { tr } from "../page/language.js";
import { element, iconButton, setIcon, svgElement } from "./controls.js";
import { makeRate } from "./rate.js";

/** @import { Rate } from "./rate.js" */

/**
 * The layer control: buttons, and a range under the curve of remaining tokens.
 * @param {object} events
 * @param {(layer: number) => void} events.onLayer
 * @param {() => void} events.onCommit
 * @param {(step: number) => void} events.onStep
 * @param {() => void} events.onPlay
 * @param {() => void} [events.onTree]
 * @param {(rate: Rate) => void} [events.onRate]
 * @param {() => void} [events.onRateEnd]
 */
export function makeTransport({
  onLayer,
  onCommit,
  onStep,
  onPlay,
  onTree = () => {},
  onRate = () => {},
  onRateEnd = () => {},
}) {
  const first = iconButton("first", tr("First layer"), () => onStep(-Infinity));
  const back = iconButton("back", tr("Previous layer"), () => onStep(-1));
  const play = iconButton("play", tr("Play over layers"), onPlay);
  const forward = iconButton("forward", tr("Next layer"), () => onStep(1));
  const range = element("input", {
    type: "range",
    min: "0",
    step: "1",
    "aria-label": tr("Layer"),
    input: () => onLayer(Number(range.value)),
    change: () => onCommit(),
  });
  const curve = svgElement("svg", { class: "tome-curve", "aria-hidden": "true", preserveAspectRatio: "none" });
  curve.addEventListener("click", (event) => {
    const box = curve.getBoundingClientRect();
    onLayer(Math.round(((event.clientX - box.left) / box.width) * Number(range.max)));
    onCommit();
  });
  const readout = element("output", { class: "tome-readout" });
  const tree = element("button", { type: "button", class: "tome-button tome-to-tree", hidden: true, click: onTree });
  tree.textContent = tr("Family tree ↓");
  const moves = [first, back, play, forward];
  const buttons = element("div", { class: "tome-buttons", "data-label": tr("Layer") }, ...moves, tree);
  const rate = makeRate(onRate, onRateEnd);
  const scrubber = element("div", { class: "tome-scrubber" }, curve, range);
  return {
    bar: element("div", { class: "tome-transport" }, buttons, scrubber, readout, rate.row),
    range,
    curve,
    buttons: moves,
    tree,
    showRate: rate.show,
    say: rate.say,
    /** @param {number} layer @param {number} last @param {string} label */
    show(layer, last, label) {
      range.max = String(last);
      range.value = String(layer);
      range.setAttribute("aria-valuetext", label);
      readout.textContent = tr("Layer {layer} of {last}", { layer, last });
      for (const button of [first, back]) button.setAttribute("aria-disabled", String(layer === 0));
      forward.setAttribute("aria-disabled", String(layer === last));
    },
    /** @param {boolean} playing */
    showPlaying: (playing) =>
      setIcon(play, playing ? "pause" : "play", playing ? tr("Pause layers") : tr("Play over layers")),
  };
}
