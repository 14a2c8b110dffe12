// "Ask me first": which question is open, which are answered, and what may be told until then.

import { makeQuestion } from "./question.js";
import { questionOf } from "./questions.js";

export class Asking {
  /** view: has lesson, state and held; show() draws it, showTokens() what a choice changes, commit(name, value) tells the host. */
  constructor(view) {
    this.view = view;
    this.answered = new Set();
    this.open = null;
    this.picked = null;
  }

  /** The question that this step begins with, or null. */
  get next() {
    const { lesson, held, state } = this.view;
    if (!state.predict || this.answered.has(state.step)) return null;
    return questionOf(lesson, state.step, held, state.r);
  }

  /** What may be told of the layer: the answer to a question waits for it, and while one is open all do. */
  get known() {
    const { step, predict } = this.view.state;
    const told = (asking) => !this.open && (!predict || step >= asking || this.answered.has(asking));
    return { partners: told(2), ranks: told(3) };
  }

  /** Open `question`, or none. Returns its panel. */
  ask(question) {
    this.open = question;
    this.picked = null;
    if (!question) return null;
    return makeQuestion(this.view.lesson, question, {
      onDone: () => this.answer(),
      onSkip: () => this.set(false),
      onChoose: (token) => {
        this.picked = token;
        this.view.showTokens();
      },
    });
  }

  /** Show the answer to the question of this step. */
  answer() {
    this.answered.add(this.view.state.step);
    this.view.show();
    // The button that was pressed is gone, and with it the focus that the arrow keys need.
    this.view.element.querySelector("[aria-current=step]")?.focus({ preventScroll: true });
  }

  /** Whether the reader wants to be asked; who does is asked everything again. */
  set(predict) {
    this.view.state.predict = predict;
    if (predict) this.answered.clear();
    this.view.show();
    this.view.commit("mode", predict ? "predict" : "explore");
  }

  /** Returns what puts the answers back to those of now. */
  keep() {
    const { predict } = this.view.state;
    const answered = new Set(this.answered);
    return () => {
      this.view.state.predict = predict;
      this.answered = answered;
    };
  }
}
