// Navigation through the steps: by hand, by playing, or by a presenter's keys.

import { STEPS } from "./steps.js";

const PLAY_MS = 2600;
const LAST = STEPS.length - 1;

export class Walk {
  /** @param {import("./lesson.js").View} view */
  constructor(view) {
    this.view = view;
  }

  /** @param {number} step */
  go(step) {
    const { view } = this;
    const to = Math.min(Math.max(step, 0), LAST);
    if (to === view.state.step) return;
    view.state.step = to;
    view.show();
    view.bar.follow(to);
    view.commit("step", to + 1);
  }

  /** @param {number} steps */
  by(steps) {
    this.go(this.view.state.step + steps);
  }

  /**
   * Move by `steps`; forward from an open question, first mark its answer, then show the step.
   * @param {number} steps
   */
  on(steps) {
    const { asking } = this.view;
    if (steps !== 1 || !asking.open) this.by(steps);
    else if (!asking.reveal()) asking.answer();
  }

  toggle() {
    const { view } = this;
    view.state.playing = !view.state.playing;
    view.bar.showPlaying(view.state.playing);
    this.stop();
    if (!view.state.playing) return;
    if (view.state.step === LAST) this.go(0);
    this.timer = setTimeout(() => this.advance(), PLAY_MS);
  }

  /** Playing pauses at an open question. */
  advance() {
    if (!this.view.asking.open) this.by(1);
    if (this.view.state.step === LAST) this.toggle();
    else this.timer = setTimeout(() => this.advance(), PLAY_MS);
  }

  stop() {
    clearTimeout(this.timer);
  }
}
