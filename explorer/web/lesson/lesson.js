// The lesson: one layer's matching, step by step. render(root, data, host) is all that a host calls; host.commit(name, value)
// tells it where the reader is once a gesture has ended.

import { tr } from "../page/language.js";
import { element, svgElement } from "../viewer/controls.js";
import { Present } from "../viewer/present.js";
import { makeLessonBar } from "./bar.js";
import { lockPath } from "./columns.js";
import { fillOf } from "./fill.js";
import { clampRate, decodeLesson, exampleOf, nameOf, orderAfter, PREFIX, placeName, SET_A, setAt } from "./match.js";
import { makePanel } from "./panels.js";
import { LessonPhoto } from "./photo.js";
import { makeQuestion } from "./question.js";
import { describeToken, questionOf, STEPS, sentenceOf } from "./steps.js";
import { makeWhys, WHY_OF_STEP } from "./why.js";

const PLAY_MS = 2600;
const QUIET_LESSON_MS = 400;
const LETTERS_UP_TO = 420;
const lessons = new WeakMap();

class LessonView {
  constructor(root) {
    this.state = {
      step: 0,
      r: 0,
      pinned: null,
      hover: null,
      weighted: true,
      attention: false,
      predict: true,
      playing: false,
    };
    this.answered = new Set();
    this.events = { onHover: (token, keyboard) => this.hover(token, keyboard), onPin: (token) => this.pin(token) };
    this.present = new Present({ step: (by) => this.presentStep(by), keep: () => this.keepCursor() });
    this.bar = makeLessonBar({
      present: this.present.button,
      onStep: (step) => this.go(step),
      onBy: (by) => this.go(this.state.step + by),
      onPlay: () => this.togglePlay(),
      onLayer: (layer) => this.commit("layer", layer),
      onAsk: (ask) => this.setPredict(ask),
    });
    this.range = element("input", {
      type: "range",
      min: "0",
      step: "1",
      "aria-label": tr("Edges that merge (r)"),
      input: () => this.drag(Number(this.range.value)),
      change: () => this.commit("edges", this.state.r),
    });
    this.rate = element("output", {});
    this.rateBar = element(
      "div",
      {},
      element("label", { class: "lesson-rate" }, element("span", {}, "r"), this.range, this.rate),
      element(
        "p",
        { class: "lesson-note" },
        tr(
          "This slider: this layer only. The page's r (sidebar): every layer, and so what arrives here. The playground has an r of its own.",
        ),
      ),
    );
    this.sentence = element("p", { class: "lesson-sentence" });
    this.whys = element("div", {});
    this.picture = element("div", { class: "lesson-picture" });
    this.details = element("p", { class: "lesson-details" });
    this.legend = element("p", { class: "lesson-note lesson-legend" });
    this.side = element("div", { class: "lesson-side" });
    this.live = element("p", { class: "tome-live", "aria-live": "polite" });
    this.element = element(
      "div",
      { class: "tome-viewer lesson", keydown: (event) => this.onKey(event) },
      this.bar.element,
      this.sentence,
      this.whys,
      element("div", { class: "lesson-body" }, element("div", {}, this.picture, this.legend, this.details), this.side),
      this.live,
    );
    root.append(this.element);
    this.present.of(this.element);
  }

  update(data, host) {
    this.host = host;
    const source = JSON.stringify(data.record);
    const other = source !== this.source;
    if (other) this.setLesson(data.record);
    this.source = source;
    if (data.revision !== this.revision) this.apply(data);
    this.revision = data.revision;
    this.show();
    this.readTheme();
    if (other) this.toTop();
    this.element.dataset.ready = "";
  }

  /** The button that leads to the next layer stands below what it leads to. */
  toTop() {
    if (this.onward) this.element.scrollIntoView({ block: "start" });
    this.onward = false;
  }

  readTheme() {
    const [red, green, blue] = getComputedStyle(this.element)
      .backgroundColor.match(/[\d.]+/g)
      ?.map(Number) ?? [255, 255, 255];
    this.element.toggleAttribute("data-dark", red + green + blue < 384);
  }

  setLesson(record) {
    this.lesson = decodeLesson(record);
    this.photo = new LessonPhoto(this.lesson, this.events);
    this.photo.announce((token) => placeName(this.lesson, token));
    this.photo.press(null);
    this.picture.replaceChildren(this.prefixChips(), this.photo.svg);
    this.bar.setLayers(record);
    this.range.max = String(this.lesson.cap);
    Object.assign(this.state, { r: record.r, hover: null });
    this.answered.clear();
    this.panel = null;
  }

  apply({ step, edges, pinned, mode, record }) {
    Object.assign(this.state, {
      step: Math.min(Math.max((step ?? 1) - 1, 0), STEPS.length - 1),
      r: clampRate(this.lesson, edges ?? record.r),
      pinned: this.lesson.labels[pinned] ?? null,
      predict: mode !== "explore",
    });
    this.committed = {
      step: this.state.step + 1,
      edges: edges ?? record.r,
      pinned: pinned ?? null,
      mode,
      layer: record.layer,
    };
  }

  prefixChips() {
    this.chips = this.lesson.prefix.map((_, token) =>
      element(
        "button",
        {
          type: "button",
          class: "lesson-chip",
          "data-token": token,
          click: () => this.pin(token),
          "aria-label": tr("{name}, protected", { name: nameOf(this.lesson, token) }),
          pointerenter: () => this.hover(token),
          pointerleave: () => this.hover(null),
        },
        svgElement("svg", { viewBox: "0 0 20 20", class: "tome-icon", "aria-hidden": "true" }, lockPath()),
        nameOf(this.lesson, token),
      ),
    );
    return element("div", { class: "lesson-chips" }, ...this.chips);
  }

  get active() {
    return this.state.hover ?? this.held;
  }

  get held() {
    return this.state.pinned ?? exampleOf(this.lesson);
  }

  /** What may be told of the layer: with "Ask me first" the answer to a question waits for it, and while one is open all do. */
  get known() {
    const { step, predict } = this.state;
    const told = (asking) => !this.asked && (!predict || step >= asking || this.answered.has(asking));
    return { partners: told(2), ranks: told(3) };
  }

  get question() {
    const { step, predict, r } = this.state;
    if (!predict || this.answered.has(step)) return null;
    return questionOf(this.lesson, step, this.held, r);
  }

  /** Everything that depends on the step; show* below are what a hover or a drag needs. */
  show() {
    const { step, predict } = this.state;
    const { question } = this;
    this.bar.show(step, predict);
    this.element.dataset.step = String(step + 1);
    this.rateBar.hidden = step < 3 || Boolean(question) || !this.lesson.cap;
    const key = `${step} ${Boolean(question)}`;
    if (this.shownKey !== key || !this.panel) this.setPanel(step, question);
    this.shownKey = key;
    this.showRate();
    this.showTokens();
    this.say();
  }

  setPanel(step, question) {
    this.asked = question;
    this.picked = null;
    this.panel = question
      ? makeQuestion(this.lesson, question, {
          onDone: () => this.answer(step),
          onSkip: () => this.setPredict(false),
          onChoose: (token) => {
            this.picked = token;
            this.showTokens();
          },
        })
      : makePanel(this.lesson, step, this.events, {
          onWeighted: (weighted) => {
            Object.assign(this.state, { weighted, attention: true });
            this.showTokens();
          },
          onNextLayer: () => this.nextLayer(),
        });
    this.side.replaceChildren(this.rateBar, this.panel.element);
    this.why = makeWhys(WHY_OF_STEP[step]);
    this.whys.replaceChildren(this.why.element);
  }

  showRate() {
    const { lesson, state } = this;
    const { step, r } = state;
    this.range.value = String(r);
    this.rate.textContent = tr("{r} of {most}", { r, most: lesson.cap });
    this.sentence.textContent = this.asked ? this.asked.text : sentenceOf(lesson, step, r);
    if (step >= 4) {
      const slot = new Uint16Array(lesson.tokens);
      this.order = orderAfter(lesson, r);
      this.order.forEach((tokens, i) =>
        tokens.forEach((token) => {
          slot[token] = i;
        }),
      );
      this.slot = slot;
      this.photo.divide((patch) => slot[lesson.labels[patch]]);
    } else this.photo.divide((patch) => lesson.labels[patch]);
    this.showLines();
  }

  showLines() {
    const { lesson, photo, asked } = this;
    const { step, r } = this.state;
    const own = lesson.edges.filter((edge) => edge.source === this.active || edge.destination === this.active);
    if (asked?.kind === "pairs") photo.lines({ strong: asked.options.map((option) => option.edge) });
    else if (asked || step < 2 || step === 5) photo.lines({});
    else if (step === 2) photo.lines({ faint: lesson.edges, strong: own });
    else photo.lines({ faint: step === 3 ? lesson.edges.slice(r) : [], strong: lesson.edges.slice(0, r) });
  }

  /** What depends on the token that is looked at. */
  showTokens() {
    const { lesson, photo, state, active, asked } = this;
    const { fill, legend } = fillOf(lesson, { ...state, active, asked, order: this.order, slot: this.slot });
    photo.paint(fill);
    photo.press(state.pinned);
    this.legend.replaceChildren(...legend);
    const { step } = state;
    const letter = (set) => (set === PREFIX ? "" : set === SET_A ? "A" : "B");
    if (step === 5 && lesson.tokens <= LETTERS_UP_TO) {
      const firsts = new Set(this.order.map(([token]) => token));
      photo.write((token) => (firsts.has(token) ? letter(setAt(lesson, this.slot[token])) : ""));
    } else photo.write(step === 1 && lesson.tokens <= LETTERS_UP_TO ? (token) => letter(lesson.set[token]) : null);
    if (asked) {
      const { answer } = asked;
      photo.outline(
        asked.source ?? asked.destination ?? null,
        this.picked === null ? null : answer,
        this.picked === answer ? null : this.picked,
      );
    } else photo.outline(active, step >= 2 ? lesson.edgeFrom.get(active)?.destination : null);
    if (step === 2) this.showLines();
    for (const chip of this.chips) chip.classList.toggle("lesson-lit", Number(chip.dataset.token) === active);
    const { known } = this;
    this.details.textContent = describeToken(lesson, active, state.r, known).join(" · ");
    this.panel.show({ ...state, active, known, held: this.held });
  }

  hover(token, keyboard = false) {
    if (token === this.state.hover) return;
    this.state.hover = token;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
      this.timed(() => this.showTokens());
    });
    if (keyboard) this.say();
  }

  pin(token) {
    if (this.asked?.kind === "photo") {
      this.panel.pick(token);
      return;
    }
    this.state.pinned = this.state.pinned === token ? null : token;
    this.showTokens();
    const { pinned } = this.state;
    // A token is linked by one of its patches, which every layer and every page knows; a prefix token has none.
    this.commit("pinned", pinned === null ? null : (this.lesson.members[pinned][0] ?? null));
  }

  drag(r) {
    this.state.r = clampRate(this.lesson, r);
    this.timed(() => {
      this.showRate();
      this.showTokens();
    });
    this.say();
  }

  timed(draw) {
    const start = performance.now();
    draw();
    this.element.dataset.frameMs = (performance.now() - start).toFixed(2);
  }

  go(step) {
    const to = Math.min(Math.max(step, 0), STEPS.length - 1);
    if (to === this.state.step) return;
    this.state.step = to;
    this.show();
    this.commit("step", to + 1);
  }

  nextLayer() {
    this.state.step = 0;
    this.onward = true;
    this.commit("step", 1);
    this.commit("layer", this.lesson.layer < this.lesson.depth ? this.lesson.layer + 1 : 1);
  }

  /** Before going on, an open question is answered. */
  presentStep(by) {
    if (by === 1 && this.asked) this.answer(this.state.step);
    else this.go(this.state.step + by);
  }

  keepCursor() {
    const { step, pinned, predict } = this.state;
    const answered = new Set(this.answered);
    return () => {
      Object.assign(this.state, { pinned, predict });
      this.answered = answered;
      this.go(step);
      this.show();
    };
  }

  setPredict(predict) {
    this.state.predict = predict;
    if (predict) this.answered.clear();
    this.show();
    this.commit("mode", predict ? "predict" : "explore");
  }

  answer(step) {
    this.answered.add(step);
    this.show();
  }

  togglePlay() {
    this.state.playing = !this.state.playing;
    this.bar.showPlaying(this.state.playing);
    clearTimeout(this.timer);
    if (!this.state.playing) return;
    if (this.state.step === STEPS.length - 1) this.go(0);
    this.timer = setTimeout(() => this.advance(), PLAY_MS);
  }

  /** Playing waits where a question is open. */
  advance() {
    if (!this.asked) this.go(this.state.step + 1);
    if (this.state.step === STEPS.length - 1) this.togglePlay();
    else this.timer = setTimeout(() => this.advance(), PLAY_MS);
  }

  say() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      const facts =
        this.state.hover === null
          ? ""
          : describeToken(this.lesson, this.state.hover, this.state.r, this.known).join(", ");
      this.live.textContent =
        facts ||
        tr("Step {step}, {name}. {sentence}", {
          step: this.state.step + 1,
          name: STEPS[this.state.step],
          sentence: this.sentence.textContent,
        });
    }, QUIET_LESSON_MS);
  }

  commit(name, value) {
    if (this.committed[name] === value) return;
    this.committed[name] = value;
    this.host.commit(name, value);
  }

  onKey(event) {
    if (this.present.handleKey(event)) return;
    if (event.key === "Escape" && this.why.close()) event.stopPropagation();
    else if (event.key === "Escape" && this.state.pinned !== null) {
      this.pin(this.state.pinned);
      event.stopPropagation();
    } else if (/^(Arrow|Home$|End$|Page| $)/.test(event.key)) event.stopPropagation();
  }

  destroy() {
    this.present.stop();
    clearTimeout(this.timer);
    clearTimeout(this.quiet);
    cancelAnimationFrame(this.frame);
    this.element.remove();
  }
}

/** Show `data` in `root`; called again on the same root it updates what is there. */
export function renderLesson(root, data, host) {
  if (!lessons.has(root)) lessons.set(root, new LessonView(root));
  lessons.get(root).update(data, host);
}

export function unmountLesson(root) {
  lessons.get(root)?.destroy();
  lessons.delete(root);
}
