// Step 5, below the mean: the effect of token size on attention, with and without proportional attention.

import { inParts, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { element } from "../viewer/controls.js";
import { attentionShares } from "./match.js";
import { number, percent } from "./numbers.js";

/** @import { Lesson } from "./decode.js" */

/**
 * The switch and its effect; commitSwitch(weighted) reports the reader's choice.
 * @param {Lesson} lesson @param {(weighted: boolean) => void} commitSwitch
 */
export function attentionPanel(lesson, commitSwitch) {
  const shares = attentionShares(lesson);
  const input = element("input", { type: "checkbox", role: "switch", change: () => commitSwitch(input.checked) });
  const words = element("p", {});
  const whole = element("p", {});
  const whose = tr(
    "These numbers belong to the page's r (sidebar): attention to what the layers before merged, " +
      "the cosine to the whole run. This layer's slider does not change them.",
  );
  return {
    element: element(
      "div",
      { class: "lesson-attention" },
      element("label", { class: "tome-check" }, input, element("span", {}, tr("Proportional attention"))),
      words,
      whole,
      element("p", { class: "lesson-note" }, whose),
    ),
    /** @param {boolean} weighted */
    show(weighted) {
      input.checked = weighted;
      words.replaceChildren(...sharesSaid(lesson, shares, weighted));
      whole.replaceChildren(...fidelitySaid(lesson.fidelity, weighted));
    },
  };
}

/**
 * The attention to tokens of several patches in this layer, as text.
 * @param {Lesson} lesson @param {ReturnType<typeof attentionShares>} shares @param {boolean} weighted
 */
function sharesSaid(lesson, shares, weighted) {
  if (!shares.tokens)
    return [
      tr(
        "In this layer every token that comes in is still one patch, so sizes change nothing yet: look at a later layer.",
      ),
    ];
  return inParts(sentenceOfShares(lesson.prefix[0] === "class token", weighted), {
    tokens: shares.tokens,
    share: number("share", percent(weighted ? shares.proportional : shares.unweighted)),
    plain: number("share-plain", percent(shares.unmerged)),
  });
}

/** @param {boolean} ofClassToken @param {boolean} weighted */
function sentenceOfShares(ofClassToken, weighted) {
  if (ofClassToken)
    return weighted
      ? tr(
          "The class token's attention to the {tokens} tokens of several patches in this layer: {share} with log size added; the same patches get {plain} in the model without merging.",
        )
      : tr(
          "The class token's attention to the {tokens} tokens of several patches in this layer: {share} without; the same patches get {plain} in the model without merging.",
        );
  return weighted
    ? tr(
        "Attention to the {tokens} tokens of several patches in this layer: {share} with log size added; the same patches get {plain} in the model without merging.",
      )
    : tr(
        "Attention to the {tokens} tokens of several patches in this layer: {share} without; the same patches get {plain} in the model without merging.",
      );
}

/**
 * The effect after the last layer, as text.
 * @param {Lesson["fidelity"]} fidelity @param {boolean} weighted
 */
function fidelitySaid(fidelity, weighted) {
  const sentence = weighted
    ? tr("After the last layer, cosine to the features of the model without merging: {value}.")
    : tr(
        "After the last layer, cosine to the features of the model without merging: {value}, against {other} with it.",
      );
  return inParts(sentence, {
    value: number("fidelity", fixed(fidelity[weighted ? "proportional" : "unweighted"], 4)),
    other: fixed(fidelity.proportional, 4),
  });
}
