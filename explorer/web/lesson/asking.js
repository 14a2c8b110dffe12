// "Ask me first": the open question, the answered ones, and what may be revealed until then.

import { makeQuestion } from "./question.js";
import { questionOf } from "./questions.js";

/** @import { Question } from "./questions.js" */

export class Asking {
  /** @param {import("./lesson.js").View} view */
  constructor(view) {
    this.view = view;
    /** @type {Set<number>} */
    this.answered = new Set();
    /** @type {Map<number, number>} step → the token that its answered question was about */
    this.about = new Map();
    /** @type {Question | null} */
    this.open = null;
    /** @type {number | null} */
    this.picked = null;
    /** @type {ReturnType<typeof makeQuestion> | null} */
    this.panel = null;
  }

  /** The first question of this step, or null. */
  get next() {
    const { lesson, held, state } = this.view;
    if (!state.predict || this.answered.has(state.step)) return null;
    return questionOf(lesson, state.step, held, state.r);
  }

  /** The token that this step's question was about, once answered. */
  get subject() {
    return this.about.get(this.view.state.step);
  }

  /** The token that the open question is about, or null. */
  get asked() {
    return this.open?.about ?? null;
  }

  /** What may be revealed of the layer: nothing that a pending question asks, and nothing while a question is open. */
  get known() {
    const { step, predict } = this.view.state;
    /** @param {number} asking */
    const told = (asking) => !this.open && (!predict || step >= asking || this.answered.has(asking));
    return { partners: told(2), ranks: told(3) };
  }

  /**
   * Open `question`, or none. Returns its panel.
   * @param {Question | null} question
   */
  ask(question) {
    this.open = question;
    this.picked = null;
    this.panel = null;
    if (!question) return null;
    this.panel = makeQuestion(this.view.lesson, question, {
      onDone: () => this.answer(),
      onSkip: () => this.set(false),
      onChoose: (token) => {
        this.picked = token;
        this.view.showTokens();
      },
    });
    return this.panel;
  }

  /** Mark the right option. Returns false if an answer was marked before. */
  reveal() {
    return Boolean(this.panel?.reveal());
  }

  /** Show the answer to the question of this step. */
  answer() {
    const within = this.panel?.element.matches(":focus-within");
    const { step } = this.view.state;
    this.answered.add(step);
    if (this.open?.kind === "words") this.about.set(step, this.open.about);
    this.view.show();
    // The pressed button is gone; the arrow keys need a focus.
    if (within) this.view.bar.focus(step);
  }

  /**
   * Switch questions on or off; switching on resets the answers.
   * @param {boolean} predict
   */
  set(predict) {
    this.view.state.predict = predict;
    if (predict) this.forget();
    this.view.show();
    this.view.commit("mode", predict ? "predict" : "explore");
  }

  forget() {
    this.answered.clear();
    this.about.clear();
  }

  /** Return a function that restores the current answers. */
  keep() {
    const { predict } = this.view.state;
    const answered = new Set(this.answered);
    return () => {
      this.view.state.predict = predict;
      this.answered = answered;
    };
  }
}
