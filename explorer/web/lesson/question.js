// A question before the answer: choose, read the reason, continue.

import { tr } from "../page/language.js";
import { element } from "../viewer/controls.js";
import { thumbnail } from "./columns.js";
import { placeName } from "./match.js";

/**
 * Panel for `question` (see questionOf). pick(token) answers a "photo" question and calls onChoose(token); reveal() marks
 * the right option, if none was chosen.
 */
export function makeQuestion(lesson, question, { onDone, onSkip, onChoose }) {
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
  const choose = (option, said = option.right ? option.note : tr("Not quite. {note}", { note: option.note })) => {
    verdict.textContent = said;
    verdict.classList.toggle("lesson-right", option.right);
    question.options.forEach((other, i) => {
      buttons[i]?.classList.toggle("lesson-right", other.right);
      buttons[i]?.classList.toggle("lesson-wrong", other === option && !other.right);
    });
    done.hidden = false;
    skip.hidden = true;
  };
  const listed = question.kind === "photo" ? [choiceByName(lesson, question, (token) => pick(token))] : [];
  const pick = (token) => {
    const option = question.options.find((one) => one.token === token);
    if (option) {
      choose(option);
      onChoose(token);
    } else verdict.textContent = tr("That token is in A too: only a B token can be chosen.");
  };
  const lead = question.source === undefined ? [] : [thumbnail(lesson, question.source, 96)];
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
      if (!done.hidden) return false;
      const right = question.options.find((option) => option.right);
      choose(right, tr("Answer: {label}", { label: right.label }));
      for (const list of listed) list.hidden = true;
      if (right.token !== undefined) onChoose(right.token);
      return true;
    },
  };
}

// Without sight of the photo, readers choose by name and position.
function choiceByName(lesson, question, onPick) {
  const tokens = question.options.map((option) => option.token).sort((x, y) => x - y);
  const select = element(
    "select",
    { class: "lesson-option" },
    element("option", { value: "" }, tr("Choose …")),
    ...tokens.map((token) => element("option", { value: token }, placeName(lesson, token))),
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

function pictures(lesson, { edge }) {
  return edge ? [thumbnail(lesson, edge.source), thumbnail(lesson, edge.destination)] : [];
}
