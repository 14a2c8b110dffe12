// A question before the answer: choose, read the reason, continue.

import { tr } from "../page/language.js";
import { element } from "../viewer/controls.js";
import { thumbnail } from "./columns.js";
import { placeName } from "./names.js";
import { refusalOf } from "./questions.js";

/**
 * @import { Lesson } from "./decode.js"
 * @import { Option, Question } from "./questions.js"
 */

/**
 * Panel for `question`. pick(token) answers a "photo" question and calls onChoose(token); reveal() marks the right option,
 * if none was chosen.
 * @param {Lesson} lesson @param {Question} question
 * @param {{onDone: () => void, onSkip: () => void, onChoose: (token: number) => void}} actions
 */
export function makeQuestion(lesson, question, { onDone, onSkip, onChoose }) {
  /** @type {Option[]} */
  const options = question.options;
  const verdict = element("p", { class: "lesson-verdict", role: "status" });
  const done = element(
    "button",
    { type: "button", class: "tome-button lesson-next", hidden: true, click: onDone },
    tr("Go on"),
  );
  const skip = element("button", { type: "button", class: "lesson-link", click: onDone }, tr("Skip this question"));
  const never = element("button", { type: "button", class: "lesson-link", click: onSkip }, tr("Do not ask me"));
  const buttons =
    question.kind === "photo"
      ? []
      : options.map((option) =>
          element(
            "button",
            {
              type: "button",
              class: "lesson-option",
              click: () => choose(option),
            },
            ...pictures(lesson, option),
            option.label,
          ),
        );
  /** @param {string} text */
  const say = (text) => {
    verdict.textContent = text;
    verdict.scrollIntoView({ block: "nearest" }); // beside the photo, of which it speaks
  };
  /** @param {Option} option */
  const choose = (option, said = option.right ? option.note : tr("Not quite. {note}", { note: option.note })) => {
    say(said);
    verdict.classList.toggle("lesson-right", option.right);
    options.forEach((other, i) => {
      buttons[i]?.classList.toggle("lesson-right", other.right);
      buttons[i]?.classList.toggle("lesson-wrong", other === option && !other.right);
    });
    done.hidden = false;
    skip.hidden = true;
  };
  const listed =
    question.kind === "photo"
      ? [
          choiceByName(
            lesson,
            question.options.map((option) => option.token),
            (token) => pick(token),
          ),
        ]
      : [];
  /** @param {number} token */
  const pick = (token) => {
    const option = options.find((one) => "token" in one && one.token === token);
    if (option) {
      choose(option);
      onChoose(token);
    } else say(refusalOf(lesson, token));
  };
  const lead = question.kind === "photo" ? [thumbnail(lesson, question.about, 96)] : [];
  return {
    element: element(
      "section",
      { class: "lesson-question", "aria-label": tr("Predict, then see") },
      element("h2", {}, tr("Predict, then see")),
      ...lead,
      element("div", { class: "lesson-options" }, ...buttons, ...listed),
      ...(question.kind === "photo" ? [] : [verdict]),
      element("div", { class: "lesson-foot" }, done, skip, never),
    ),
    told: question.kind === "photo" ? verdict : null, // at the photo: a phone has the panel below its screen
    show() {},
    pick,
    reveal() {
      const right = options.find((option) => option.right);
      if (!done.hidden || !right) return false;
      choose(right, tr("Answer: {label}", { label: right.label }));
      for (const list of listed) list.hidden = true;
      if ("token" in right) onChoose(right.token);
      return true;
    },
  };
}

/**
 * Without sight of the photo, readers choose by name and position.
 * @param {Lesson} lesson @param {number[]} tokens @param {(token: number) => void} onPick
 */
function choiceByName(lesson, tokens, onPick) {
  const select = element(
    "select",
    { class: "lesson-option" },
    element("option", { value: "" }, tr("Choose …")),
    ...tokens.sort((x, y) => x - y).map((token) => element("option", { value: token }, placeName(lesson, token))),
  );
  // A change is not yet an answer: arrow keys pass through other options.
  const give = element(
    "button",
    { type: "button", class: "tome-button lesson-next", click: () => select.value && onPick(Number(select.value)) },
    tr("This one"),
  );
  const label = element("label", {}, `${tr("Or by name and place")} `, select);
  return element("div", { class: "lesson-named" }, label, give);
}

/** @param {Lesson} lesson @param {Option} option */
function pictures(lesson, option) {
  return "edge" in option ? [thumbnail(lesson, option.edge.source), thumbnail(lesson, option.edge.destination)] : [];
}
