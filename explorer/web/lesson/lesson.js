// The lesson: one layer's matching, step by step. Hosts call only render(root, data, host); host.commit(name, value)
// reports the cursor after a gesture.

import { inRow, tr } from "../page/language.js";
import { element } from "../viewer/controls.js";
import { Present, TURNED } from "../viewer/present.js";
import { perRoot } from "../viewer/roots.js";
import { makeCopyLink } from "../viewer/share.js";
import { markTheme } from "../viewer/theme.js";
import { WHY_OF_STEP } from "./answers.js";
import { Asking } from "./asking.js";
import { makeLessonBar } from "./bar.js";
import { decodeLesson } from "./decode.js";
import { drawBorders, drawEdges, drawTokens, slotsOf } from "./drawing.js";
import { makeChips, makeLayout, makeRateBar } from "./layout.js";
import { clampRate, exampleOf, orderAfter } from "./match.js";
import { placeName } from "./names.js";
import { makePanel } from "./panels.js";
import { LessonPhoto } from "./photo.js";
import { describeToken, STEPS, sentenceOf } from "./steps.js";
import { Walk } from "./walk.js";
import { makeWhys } from "./why.js";

/**
 * @import { LessonRecord } from "./decode.js"
 * @import { Events } from "./token_events.js"
 */

/**
 * What Python sends: the layer, and the cursor as the link has it.
 * @typedef {object} LessonData
 * @property {LessonRecord} record
 * @property {string} subject
 * @property {number} revision another one moves the cursor
 * @property {number | null} step
 * @property {number | null} edges
 * @property {number | null} pinned
 * @property {"explore" | "predict" | null} mode
 * @property {string | null} why
 * @property {string[] | null} [elsewhere] parameters that a copied link leaves out; without them no link is offered
 * @property {boolean} [own] whether the photo is the reader's, which no link can hold
 * @property {string[]} [hide] hidden parts, by the names of a link
 */

/**
 * @typedef {LessonView} View
 * @typedef {LessonView["look"]} Look
 */

const QUIET_MS = 400;
const START = {
  step: 0,
  r: 0,
  /** @type {number | null} */
  pinned: null,
  /** @type {number | null} */
  hover: null,
  weighted: true,
  attention: false,
  predict: true,
  playing: false,
  /** @type {string | null} */
  why: null,
};

class LessonView {
  /** @param {Element} root @param {LessonData} data */
  constructor(root, { record }) {
    /** @type {Events} */
    this.events = { onHover: (token, keyboard) => this.hover(token, keyboard), onPin: (token) => this.pin(token) };
    this.source = JSON.stringify(record);
    this.photo = new LessonPhoto(decodeLesson(record), this.events);
    /** @type {HTMLElement[]} */
    this.chips = [];
    /** @type {import("../viewer/roots.js").Host | undefined} */
    this.host = undefined;
    /** @type {import("./panels.js").Panel | undefined} */
    this.panel = undefined;
    /** @type {ReturnType<typeof makeWhys> | undefined} */
    this.why = undefined;
    this.opened = "";
    /** @type {number | undefined} */
    this.quiet = undefined;
    this.frame = 0;
    this.shownKey = "";
    this.onward = false; // to the next layer
    /** @type {number[][]} from step 5, the tokens in the new order */
    this.order = [];
    this.slot = new Uint16Array();
    /** @type {Record<string, unknown>} values known to the host */
    this.committed = {};
    this.state = { ...START };
    this.asking = new Asking(this);
    this.walk = new Walk(this);
    this.present = new Present({ step: (by) => this.walk.on(by), keep: () => this.keepCursor() });
    this.share = makeCopyLink(() => {}); // every step is in the link already
    this.bar = makeLessonBar({
      ends: [this.share.button, this.present.button],
      onStep: (step) => this.walk.go(step),
      onBy: (by) => this.walk.on(by),
      onPlay: () => this.walk.toggle(),
      onLayer: (layer) => this.commit("layer", layer),
      onAsk: (ask) => this.asking.set(ask),
    });
    this.rate = makeRateBar({ onRate: (r) => this.drag(r), onRateEnd: () => this.commit("edges", this.state.r) });
    this.layout = makeLayout(this.bar.element, (event) => this.onKey(event));
    this.element = this.layout.element;
    root.append(this.element);
    this.present.of(this.element);
    this.onTurned = () => this.why?.close();
    document.addEventListener(TURNED, this.onTurned);
    this.open();
  }

  get lesson() {
    return this.photo.lesson;
  }

  /** @param {LessonData} data @param {import("../viewer/roots.js").Host} host */
  update(data, host) {
    this.host = host;
    this.share.offer(host.link, data.own);
    this.element.dataset.hide = (data.hide ?? []).join(" ");
    const source = JSON.stringify(data.record);
    const other = source !== this.source;
    if (other) {
      this.photo = new LessonPhoto(decodeLesson(data.record), this.events);
      this.open();
    }
    this.source = source;
    const answered = this.state.why;
    const opened = `${data.subject} ${data.revision}`;
    if (opened !== this.opened) this.apply(data);
    this.opened = opened;
    this.show();
    if (this.state.why !== answered) this.why?.bring();
    markTheme(this.element);
    if (other) this.toTop();
    this.element.dataset.ready = "";
  }

  /** Scroll up after "next layer": its button is below the new content. */
  toTop() {
    if (this.onward) this.element.scrollIntoView({ block: "start" });
    this.onward = false;
  }

  /** Show a new layer's photo and names. */
  open() {
    const { lesson, photo } = this;
    photo.announce((token) => placeName(lesson, token));
    photo.press(null);
    this.chips = makeChips(lesson, this.events);
    this.layout.picture.replaceChildren(element("div", { class: "lesson-chips" }, ...this.chips), photo.svg);
    this.bar.setLayers(lesson);
    this.state = { ...this.state, r: lesson.r, hover: null };
    this.asking.forget();
    this.panel = undefined;
  }

  /** @param {LessonData} data */
  apply({ step, edges, pinned, mode, why, record }) {
    this.state = {
      ...this.state,
      step: Math.min(Math.max((step ?? 1) - 1, 0), STEPS.length - 1),
      r: clampRate(this.lesson, edges ?? record.r),
      pinned: pinned === null ? null : (this.lesson.labels[pinned] ?? null),
      predict: mode !== "explore",
      why,
    };
    this.panel = undefined;
    this.committed = {
      step: this.state.step + 1,
      edges: edges ?? record.r,
      pinned,
      mode,
      why,
      layer: record.layer,
    };
  }

  get active() {
    return this.state.hover ?? this.asking.asked ?? this.held;
  }

  get held() {
    return this.state.pinned ?? this.asking.subject ?? exampleOf(this.lesson);
  }

  /** Redraw everything that depends on the step; the show* below suffice for a hover or a drag. */
  show() {
    const { step, predict } = this.state;
    const question = this.asking.next;
    this.bar.show(step, predict);
    this.element.dataset.step = String(step + 1);
    this.rate.element.hidden = step < 3 || Boolean(question) || !this.lesson.cap;
    const key = `${step} ${Boolean(question)}`;
    if (this.shownKey !== key || !this.panel) this.setPanel(step, question);
    this.shownKey = key;
    this.showRate();
    this.showTokens();
    this.say();
  }

  /** @param {number} step @param {import("./questions.js").Question | null} question */
  setPanel(step, question) {
    this.state.hover = null; // a pointer left on the photo points at nothing of the new picture
    this.panel = this.asking.ask(question) ?? this.makeStep(step);
    this.layout.side.replaceChildren(this.rate.element, this.panel.element);
    this.layout.told.replaceChildren(...(this.panel.told ? [this.panel.told] : []));
    this.why = makeWhys(WHY_OF_STEP[step], this.state.why, (name) => this.answer(name));
    this.layout.whys.replaceChildren(this.why.element);
    const { why } = this.state;
    if (why !== null && !WHY_OF_STEP[step].includes(why)) this.answer(null);
  }

  /**
   * Remember which "Why?" is answered, if any.
   * @param {string | null} name
   */
  answer(name) {
    this.state.why = name;
    this.commit("why", name);
  }

  /** @param {number} step */
  makeStep(step) {
    return makePanel(this.lesson, step, this.events, {
      onWeighted: (weighted) => {
        this.state = { ...this.state, weighted, attention: true };
        this.showTokens();
      },
      onNextLayer: () => this.nextLayer(),
    });
  }

  /** Redraw what depends on r. */
  showRate() {
    const { lesson, photo, asking } = this;
    const { step, r } = this.state;
    this.rate.show(r, lesson.cap);
    this.layout.sentence.textContent = asking.open ? asking.open.text : sentenceOf(lesson, step, r);
    if (step >= 4) {
      this.order = orderAfter(lesson, r);
      this.slot = slotsOf(lesson, this.order);
    }
    drawBorders(photo, lesson, step >= 4 ? this.slot : null);
    drawEdges(photo, lesson, this.look);
  }

  get look() {
    const { active, asking, order, slot } = this;
    return { ...this.state, active, asked: asking.open, picked: asking.picked, order, slot };
  }

  /** Redraw what depends on the active token. */
  showTokens() {
    const { lesson, photo, state, active } = this;
    const { known } = this.asking;
    this.layout.legend.replaceChildren(...drawTokens(photo, lesson, this.look));
    if (state.step === 2) drawEdges(photo, lesson, this.look);
    for (const chip of this.chips) chip.classList.toggle("lesson-lit", Number(chip.dataset.token) === active);
    this.layout.details.textContent = describeToken(lesson, active, state.r, known).join(" · ");
    this.panel?.show({ ...state, active, known, held: this.held });
  }

  /** @param {number | null} token */
  hover(token, keyboard = false) {
    if (token === this.state.hover) return;
    this.state.hover = token;
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.timed(() => this.showTokens());
    });
    if (keyboard) this.say();
  }

  /** @param {number} token */
  pin(token) {
    if (this.asking.open?.kind === "photo") {
      this.panel?.pick?.(token);
      return;
    }
    this.state.pinned = this.state.pinned === token ? null : token;
    this.showTokens();
    const { pinned } = this.state;
    // The link names a token by one of its patches, valid on every layer and page; prefix tokens have none.
    this.commit("pinned", pinned === null ? null : (this.lesson.members[pinned][0] ?? null));
  }

  /** @param {number} r */
  drag(r) {
    this.state.r = clampRate(this.lesson, r);
    this.timed(() => {
      this.showRate();
      this.showTokens();
    });
    this.say();
  }

  /** @param {() => void} draw */
  timed(draw) {
    const start = performance.now();
    draw();
    this.element.dataset.frameMs = (performance.now() - start).toFixed(2);
  }

  nextLayer() {
    this.state.step = 0;
    this.onward = true;
    this.commit("step", 1);
    this.commit("layer", this.lesson.layer < this.lesson.depth ? this.lesson.layer + 1 : 1);
  }

  /** Return a function that restores the current cursor. */
  keepCursor() {
    const { step, pinned } = this.state;
    const [putBack, told] = [this.asking.keep(), this.committed.pinned];
    return () => {
      this.state.pinned = typeof told === "number" ? this.lesson.labels[told] : pinned; // the layer may be another
      this.commit("pinned", told);
      putBack();
      this.walk.go(step);
      this.show();
    };
  }

  say() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      this.layout.live.textContent = this.said();
    }, QUIET_MS);
  }

  /** Text for screen readers: the token under the pointer, else the step. */
  said() {
    const { step, hover, r } = this.state;
    const facts = hover === null ? "" : inRow(describeToken(this.lesson, hover, r, this.asking.known), ", ");
    const sentence = this.layout.sentence.textContent;
    return facts || tr("Step {step}, {name}. {sentence}", { step: step + 1, name: STEPS[step], sentence });
  }

  /** @param {string} name @param {unknown} value */
  commit(name, value) {
    if (this.committed[name] === value) return;
    this.committed[name] = value;
    this.host?.commit(name, value);
  }

  /** @param {KeyboardEvent} event */
  onKey(event) {
    if (this.present.handleKey(event)) return;
    if (event.key === "Escape" && this.why?.close()) event.stopPropagation();
    else if (event.key === "Escape" && this.state.pinned !== null) {
      this.pin(this.state.pinned);
      event.stopPropagation();
    } else if (/^(Arrow|Home$|End$|Page| $)/.test(event.key)) event.stopPropagation();
  }

  destroy() {
    this.present.stop();
    document.removeEventListener(TURNED, this.onTurned);
    this.walk.stop();
    clearTimeout(this.quiet);
    cancelAnimationFrame(this.frame);
    this.element.remove();
  }
}

const roots = perRoot(LessonView);

/** Show `data` in `root`; another call on the same root updates it. */
export const renderLesson = roots.render;
export const unmountLesson = roots.unmount;
