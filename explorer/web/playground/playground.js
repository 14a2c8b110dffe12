// The playground: draggable points on a plane, matched by every method after every move, without the server.

import { element } from "../viewer/controls.js";
import { perRoot } from "../viewer/roots.js";
import { markTheme } from "../viewer/theme.js";
import { makeCards } from "./cards.js";
import { makeButtons, makeLayout, makeOwnRate } from "./layout.js";
import { Plane } from "./plane.js";
import { factsOf, stepOf } from "./said.js";
import {
  bundledPoints,
  decodePoints,
  encodePoints,
  METHODS,
  MOST_ROUNDS,
  matchPoints,
  rateCap,
  tokensAt,
} from "./state.js";

/**
 * What Python sends: the points and the choices as the link has them.
 * @typedef {object} PlaygroundData
 * @property {number} revision
 * @property {string | null} points
 * @property {string | null} method
 * @property {number | null} join
 * @property {number | null} rounds
 */

/** @import { Point } from "./match.js" */

const START = {
  /** @type {Point[]} */
  points: [],
  method: "alternating",
  join: 4,
  rounds: 0,
  seed: 3,
};
const COUNT = 12;

class Playground {
  /** @param {Element} root */
  constructor(root) {
    /** @type {import("../viewer/roots.js").Host | undefined} */
    this.host = undefined;
    /** @type {Record<string, unknown>} */
    this.committed = {};
    /** @type {number | undefined} */
    this.revision = undefined;
    this.state = { ...START };
    this.plane = new Plane(
      { onMove: (point, place) => this.move(point, place), onEnd: () => this.commitPoints() },
      (point) => (this.state.rounds ? undefined : this.state.points[point]),
    );
    this.facts = element("div", { class: "play-facts", role: "status" });
    this.step = element("p", { class: "lesson-note play-step" });
    this.rate = makeOwnRate({
      onRate: (join) => this.change({ join }),
      onRateEnd: () => this.commit("join", this.state.join),
    });
    this.buttons = makeButtons({
      onRound: (by) => this.turn(by),
      onAdd: () => this.add(),
      onRemove: () => this.setPoints(this.state.points.slice(0, -1)),
      onFresh: () => this.setPoints(bundledPoints(this.state.points.length, ++this.state.seed)),
    });
    this.cards = makeCards((method) => this.choose(method));
    this.element = makeLayout({
      plane: this.plane.svg,
      buttons: this.buttons.element,
      rate: this.rate.element,
      facts: this.facts,
      cards: this.cards.element,
      step: this.step,
    });
    root.append(this.element);
  }

  /** @param {PlaygroundData} data @param {import("../viewer/roots.js").Host} host */
  update(data, host) {
    this.host = host;
    if (data.revision !== this.revision) this.apply(data);
    this.revision = data.revision;
    markTheme(this.element);
    this.draw();
    this.element.dataset.ready = "";
  }

  /** @param {PlaygroundData} data */
  apply({ points, method, join, rounds }) {
    this.state = {
      ...this.state,
      points: decodePoints(points) ?? bundledPoints(COUNT, this.state.seed),
      method: METHODS.find(([known]) => known === method)?.[0] ?? START.method,
      join: join ?? START.join,
      rounds: Math.min(rounds ?? 0, MOST_ROUNDS),
    };
    this.committed = { points, method, join, rounds };
  }

  /** @param {number} point @param {Point} place */
  move(point, place) {
    this.change({ points: this.state.points.map((old, i) => (i === point ? place : old)) });
  }

  /** @param {Point[]} points */
  setPoints(points) {
    this.change({ points, rounds: 0 });
    this.commitPoints();
    this.commit("rounds", 0);
  }

  add() {
    const [extra] = bundledPoints(1, this.state.points.length + 17 * ++this.state.seed);
    this.setPoints([...this.state.points, extra]);
  }

  /** @param {string} method */
  choose(method) {
    this.change({ method, rounds: 0 });
    this.commit("method", method);
    this.commit("rounds", 0);
  }

  /** @param {number} by */
  turn(by) {
    this.change({ rounds: Math.max(this.state.rounds + by, 0) });
    this.commit("rounds", this.state.rounds);
  }

  /** @param {Partial<typeof START>} part */
  change(part) {
    this.state = { ...this.state, ...part };
    const start = performance.now();
    this.draw();
    this.element.dataset.frameMs = (performance.now() - start).toFixed(2);
  }

  draw() {
    const { points, method, join, rounds } = this.state;
    const tokens = tokensAt(points, method, join, rounds);
    const match = matchPoints(tokens, method, join);
    this.plane.draw(tokens, match);
    this.cards.show(tokens, join, method);
    this.rate.show(match.r, rateCap(tokens));
    this.buttons.show({ r: match.r, rounds, points: points.length });
    this.facts.textContent = factsOf(tokens, match, { rounds, method });
    this.step.textContent = stepOf(method);
  }

  commitPoints() {
    this.commit("points", encodePoints(this.state.points));
  }

  /** @param {string} name @param {unknown} value */
  commit(name, value) {
    if (this.committed[name] === value) return;
    this.committed[name] = value;
    this.host?.commit(name, value);
  }

  destroy() {
    this.plane.stop();
    this.element.remove();
  }
}

const roots = perRoot(Playground);

/** Show the playground in `root`; another call on the same root updates it. */
export const renderPlayground = roots.render;
export const unmountPlayground = roots.unmount;
