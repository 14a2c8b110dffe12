// Fills, merges, similarity and saving, with the legend of the choice.

import { tr } from "../page/language.js";
import { element, setIcon } from "./controls.js";
import { showLegend } from "./legend.js";

/**
 * @import { Subject } from "./clip.js"
 * @import { Fill, State } from "./state.js"
 *
 * @typedef {{ difference: boolean, similarity: boolean, subject: Subject }} Offered
 */

/** @type {[Fill, string][]} */
const FILLS = [
  ["mean", tr("Mean colour")],
  ["region", tr("Regions")],
  ["size", tr("Size")],
  ["photo", tr("Photo")],
  ["difference", tr("Difference")],
];

/** @type {{ [subject in Subject]: string }} */
const SUBJECTS = { photo: tr("Photo"), frame: tr("Frame"), spectrogram: tr("Spectrogram"), text: tr("Text") };

let radioGroups = 0;

/**
 * The choice of a fill.
 * @param {(fill: Fill) => void} onFill
 */
function makeFills(onFill) {
  const name = `tome-fill-${++radioGroups}`;
  const radios = FILLS.map(([fill, text]) => {
    const input = element("input", { type: "radio", name, value: fill, change: () => onFill(fill) });
    const words = element("span", {}, text);
    return { fill, input, words, label: element("label", { hidden: fill === "difference" }, input, words) };
  });
  const labels = radios.map((radio) => radio.label);
  const offered = () => radios.filter((radio) => !radio.label.hidden);
  return {
    element: element("div", { class: "tome-fills", role: "radiogroup", "aria-label": tr("Fill") }, ...labels),
    /**
     * "difference" needs a comparison, and texts have no mean colours.
     * @param {Offered} parts
     */
    offer({ difference, subject }) {
      for (const { fill, label, words } of radios) {
        if (fill === "difference") label.hidden = !difference;
        if (fill === "mean") label.hidden = subject === "text";
        if (fill === "photo" && subject) words.textContent = SUBJECTS[subject];
      }
    },
    /**
     * `wanted`, or the first fill if that is not offered.
     * @type {(wanted: string | undefined) => Fill}
     */
    offered: (wanted) => (offered().find(({ fill }) => fill === wanted) ?? offered()[0]).fill,
    /** @param {Fill} chosen */
    show(chosen) {
      for (const { fill, input } of radios) input.checked = fill === chosen;
    },
  };
}

/** @param {() => void} onSave */
function makeSave(onSave) {
  const save = element("button", { type: "button", class: "tome-button tome-save", click: onSave });
  setIcon(save, "save", tr("Save PNG"));
  save.append(element("span", {}, tr("Save PNG")));
  save.removeAttribute("aria-label");
  return save;
}

/**
 * Fill modes, merges, save. Return the bar and a function that shows a state in it.
 * @param {object} events
 * @param {(fill: Fill) => void} events.onFill
 * @param {(arrows: boolean) => void} events.onArrows
 * @param {() => void} events.onSave
 * @param {(similarity: boolean) => void} [events.onSimilarity]
 */
export function makeToolbar({ onFill, onArrows, onSave, onSimilarity = () => {} }) {
  const fills = makeFills(onFill);
  const arrows = element("input", { type: "checkbox", change: () => onArrows(arrows.checked) });
  const merges = element("label", { class: "tome-check" }, arrows, element("span", {}, tr("Merges of this layer")));
  const similarity = element("input", { type: "checkbox", change: () => onSimilarity(similarity.checked) });
  const heat = element(
    "label",
    { class: "tome-check", hidden: true },
    similarity,
    element("span", {}, tr("Similarity to the pinned patch")),
  );
  const save = makeSave(onSave);
  const legend = element("p", { class: "tome-legend" });
  return {
    bar: element("div", { class: "tome-toolbar" }, fills.element, merges, heat, save, legend),
    save,
    arrows,
    legend,
    /**
     * Set the available fills and switches.
     * @param {Offered} parts
     */
    offer(parts) {
      fills.offer(parts);
      heat.hidden = !parts.similarity;
    },
    offered: fills.offered,
    /** @param {State} state */
    show(state) {
      showLegend(legend, state);
      fills.show(state.fill);
      arrows.checked = state.arrows;
      similarity.checked = state.similarity ?? true;
    },
  };
}
