// A question before an answer: pick, read why, go on.

import { element } from "./controls.js";
import { thumbnail } from "./lesson_columns.js";

/** Panel for `question` (see questionOf); a "photo" question is answered through pick(token), and onChoose(token) follows. */
export function makeQuestion(lesson, question, { onDone, onSkip, onChoose }) {
  const verdict = element("p", { class: "lesson-verdict", role: "status" });
  const done = element(
    "button",
    { type: "button", class: "tome-button lesson-next", hidden: true, click: onDone },
    "Show it",
  );
  const skip = element("button", { type: "button", class: "lesson-link", click: onDone }, "Skip this question");
  const never = element("button", { type: "button", class: "lesson-link", click: onSkip }, "Do not ask me");
  const buttons =
    question.kind === "photo"
      ? []
      : question.options.map((option) =>
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
  const choose = (option) => {
    verdict.textContent = option.note;
    verdict.classList.toggle("lesson-right", option.right);
    question.options.forEach((other, i) => {
      buttons[i]?.classList.toggle("lesson-right", other.right);
      buttons[i]?.classList.toggle("lesson-wrong", other === option && !other.right);
    });
    done.hidden = false;
    skip.hidden = true;
  };
  const lead = question.source === undefined ? [] : [thumbnail(lesson, question.source, 96)];
  return {
    element: element(
      "section",
      { class: "lesson-question", "aria-label": "Predict, then see" },
      element("h3", {}, "Predict, then see"),
      ...lead,
      element("div", { class: "lesson-options" }, ...buttons),
      verdict,
      element("div", { class: "lesson-foot" }, done, skip, never),
    ),
    show() {},
    pick(token) {
      const option = question.options.find((one) => one.token === token);
      if (option) {
        choose(option);
        onChoose(token);
      } else verdict.textContent = "That token is in A too: only a B token can be chosen.";
    },
  };
}

function pictures(lesson, { edge }) {
  return edge ? [thumbnail(lesson, edge.source), thumbnail(lesson, edge.destination)] : [];
}
