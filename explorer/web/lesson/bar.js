// The lesson's controls: the strip of steps, back, play, next, the layer, and "Ask me first".

import { tr } from "../page/language.js";
import { element, iconButton, setIcon } from "../viewer/controls.js";
import { STEPS } from "./steps.js";

/** @import { Lesson } from "./decode.js" */

/**
 * @param {object} actions
 * @param {(step: number) => void} actions.onStep
 * @param {(by: number) => void} actions.onBy
 * @param {() => void} actions.onPlay
 * @param {(layer: number) => void} actions.onLayer
 * @param {(ask: boolean) => void} actions.onAsk
 * @param {HTMLElement[]} actions.ends buttons at the end
 */
export function makeLessonBar({ onStep, onBy, onPlay, onLayer, onAsk, ends }) {
  const steps = STEPS.map((name, step) =>
    element("button", { type: "button", click: () => onStep(step) }, element("span", {}, `${step + 1} `), name),
  );
  const strip = element("ol", { class: "lesson-strip-steps" }, ...steps.map((button) => element("li", {}, button)));
  const back = iconButton("back", tr("Previous step"), () => onBy(-1));
  const play = iconButton("play", tr("Play"), onPlay);
  const forward = iconButton("forward", tr("Next step"), () => onBy(1));
  const layer = element("select", { "aria-label": tr("Layer"), change: () => onLayer(Number(layer.value)) });
  const ask = element("input", { type: "checkbox", role: "switch", change: () => onAsk(ask.checked) });
  const transport = element(
    "div",
    { class: "lesson-transport" },
    back,
    play,
    forward,
    element("label", { class: "lesson-layer" }, `${tr("Layer")} `, layer),
    element("label", { class: "tome-check" }, ask, element("span", {}, tr("Ask me first"))),
    ...ends,
  );
  const opening = element("p", { class: "lesson-note lesson-opening" });
  return {
    element: element("div", { class: "lesson-bar" }, strip, transport, opening),
    /** @param {Lesson} lesson */
    setLayers({ layer: current, depth, opening: first }) {
      opening.textContent =
        first !== null && first > 1 && current === first
          ? tr("Opens at layer {first}: by then, tokens merged in earlier layers are among those compared.", { first })
          : "";
      layer.replaceChildren(
        ...Array.from({ length: depth }, (_, i) =>
          element("option", { value: i + 1 }, tr("{number} of {depth}", { number: i + 1, depth })),
        ),
      );
      layer.value = String(current);
    },
    /** @param {number} step @param {boolean} predict */
    show(step, predict) {
      steps.forEach((button, i) =>
        i === step ? button.setAttribute("aria-current", "step") : button.removeAttribute("aria-current"),
      );
      back.setAttribute("aria-disabled", String(step === 0));
      forward.setAttribute("aria-disabled", String(step === STEPS.length - 1));
      ask.checked = predict;
    },
    /**
     * Move the focus along, if it is on another step.
     * @param {number} step
     */
    follow(step) {
      if (steps.some((button) => button.matches(":focus"))) this.focus(step);
    },
    /** @param {number} step */
    focus(step) {
      steps[step].focus({ preventScroll: true });
    },
    /** @param {boolean} playing */
    showPlaying(playing) {
      setIcon(play, playing ? "pause" : "play", playing ? tr("Pause") : tr("Play"));
    },
  };
}
