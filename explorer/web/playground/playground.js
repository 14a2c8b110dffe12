// The playground: points on a plane, dragged; matching by every method, redrawn with every move and never a server call.

import { tr } from "../page/language.js";
import { element, svgElement } from "../viewer/controls.js";
import { cosine, keptSum } from "./match.js";
import {
  bundledPoints,
  decodePoints,
  encodePoints,
  FEWEST,
  METHODS,
  MOST,
  matchPoints,
  mergePoints,
  REACH,
  rateCap,
  tokensAt,
} from "./state.js";

const NUDGE = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const QUIET_PLAYGROUND_MS = 500;
const playgrounds = new WeakMap();
const clampReach = (value) => Math.min(Math.max(Math.round(value), -REACH), REACH);

/** A token's mark: a disc in A, a square in B, a diamond without sets; its area grows with its size. */
function markPath({ x, y, size }, set, scale = 1) {
  const s = scale * (5.5 + 1.6 * Math.sqrt(size - 1));
  if (set === "b") return `M${x - s} ${-y - s}h${2 * s}v${2 * s}h${-2 * s}z`;
  if (set === "a") return `M${x - s} ${-y}a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0z`;
  return `M${x} ${-y - 1.2 * s}L${x + 1.2 * s} ${-y}L${x} ${-y + 1.2 * s}L${x - 1.2 * s} ${-y}z`;
}

const plainMark = (set) => [
  svgElement("path", { d: markPath({ x: 0, y: 0, size: 1 }, set), class: `play-mark play-${set}` }),
];
const sampleLine = (kind) => [svgElement("path", { d: "M-9 0h18", class: `play-line ${kind}` })];

/** What each mark stands for. */
function makeLegend() {
  const parts = [
    [plainMark("a"), tr("token of A")],
    [plainMark("b"), tr("token of B")],
    [plainMark("free"), tr("token, where a method has no sets")],
    [
      [svgElement("path", { d: markPath({ x: 0, y: 0, size: 1 }, "free", 1.1), class: "play-merged" })],
      tr("merged token: the mean, larger with size"),
    ],
    [sampleLine(""), tr("edge that merges")],
    [sampleLine("play-rest"), tr("edge beyond r: does not merge")],
  ];
  return element(
    "ul",
    { class: "play-legend" },
    ...parts.map(([marks, words]) =>
      element("li", {}, svgElement("svg", { viewBox: "-10 -10 20 20", "aria-hidden": "true" }, ...marks), words),
    ),
  );
}

const TERMS = tr(
  "sum: the cosines of the edges that merge, added up. steps: how many it takes, each waiting for the one before. " +
    "One-to-one never has a larger sum than soft matching on the same split, where every A token keeps its best edge even if " +
    "others chose the same B. k-means may keep more similarity, but iterates.",
);

const setOf = (sets, i) => (!sets ? "free" : sets.a.includes(i) ? "a" : "b");
const lineOf = (tokens, { source, destination }) =>
  `M${tokens[source].x} ${-tokens[source].y}L${tokens[destination].x} ${-tokens[destination].y}`;

function joinedSaid(tokens, { source, destination }, r, shared) {
  const words = { r, shared, source, destination, cosine: cosine(tokens[source], tokens[destination]).toFixed(3) };
  return r === 1
    ? tr("1 token joins {shared}; least similar edge: {source} → {destination}, cosine {cosine}.", words)
    : tr("{r} tokens join {shared}; least similar edge: {source} → {destination}, cosine {cosine}.", words);
}

const noneSaid = (tokens) => (rateCap(tokens) ? tr("Nothing merges.") : tr("Nothing is left to merge."));

class Playground {
  constructor(root) {
    this.state = { points: [], method: "alternating", join: 4, rounds: 0, seed: 3 };
    this.plane = svgElement("svg", {
      class: "play-plane",
      viewBox: "-112 -112 224 224",
      role: "group",
      "aria-label": tr("Points: drag them, or move them with the arrow keys"),
    });
    this.facts = element("div", { class: "play-facts", role: "status" });
    this.range = element("input", {
      type: "range",
      min: "0",
      step: "1",
      "aria-label": tr("Edges that merge (r)"),
      input: () => this.change({ join: Number(this.range.value) }),
      change: () => this.commit("join", this.state.join),
    });
    this.rate = element("output", {});
    this.rateBar = element("label", { class: "lesson-rate" }, element("span", {}, "r"), this.range, this.rate);
    const button = (label, click) =>
      element("button", { type: "button", class: "tome-button play-button", click }, label);
    this.merge = button(tr("Merge, next layer"), () => this.turn(1));
    this.undo = button(tr("Back"), () => this.turn(-1));
    this.more = button(tr("Add a point"), () => this.add());
    this.fewer = button(tr("Remove one"), () => this.setPoints(this.state.points.slice(0, -1)));
    this.fresh = button(tr("Other points"), () =>
      this.setPoints(bundledPoints(this.state.points.length, ++this.state.seed)),
    );
    this.cards = METHODS.map(([method, label]) => this.makeCard(method, label));
    this.element = element(
      "div",
      { class: "tome-viewer lesson play" },
      element(
        "div",
        { class: "lesson-body" },
        element(
          "div",
          { class: "play-left" },
          this.plane,
          makeLegend(),
          element("div", { class: "play-buttons" }, this.merge, this.undo, this.more, this.fewer, this.fresh),
        ),
        element(
          "div",
          { class: "play-right" },
          this.rateBar,
          this.facts,
          element("p", { class: "lesson-note" }, TERMS),
          element(
            "div",
            { class: "play-cards", role: "group", "aria-label": tr("Methods on the same points") },
            ...this.cards.map((card) => card.button),
          ),
        ),
      ),
    );
    root.append(this.element);
    this.listen();
  }

  makeCard(method, label) {
    const [lines, marks] = [svgElement("path", { class: "play-line" }), svgElement("g", {})];
    const sum = element("b", { "data-number": `sum-${method}` });
    const steps = element("b", { "data-number": `steps-${method}` });
    const button = element(
      "button",
      { type: "button", class: "play-card", "data-method": method, click: () => this.choose(method) },
      svgElement("svg", { viewBox: "-112 -112 224 224", "aria-hidden": "true" }, lines, marks),
      element("span", { class: "play-name" }, label),
      element("span", {}, `${tr("sum")} `, sum),
      element("span", {}, `${tr("steps")} `, steps),
    );
    return { method, button, lines, marks, sum, steps };
  }

  update(data, host) {
    this.host = host;
    if (data.revision !== this.revision) {
      const known = METHODS.some(([method]) => method === data.method);
      Object.assign(this.state, {
        points: decodePoints(data.points) ?? bundledPoints(12, this.state.seed),
        method: known ? data.method : "alternating",
        join: data.join ?? 4,
        rounds: Math.min(data.rounds ?? 0, 8),
      });
      this.committed = { points: data.points, method: data.method, join: data.join, rounds: data.rounds };
    }
    this.revision = data.revision;
    const paper = getComputedStyle(this.element)
      .backgroundColor.match(/[\d.]+/g)
      ?.map(Number) ?? [255, 255, 255];
    this.element.toggleAttribute("data-dark", paper[0] + paper[1] + paper[2] < 384);
    this.draw();
    this.element.dataset.ready = "";
  }

  listen() {
    const { plane } = this;
    const place = (event) => {
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(plane.getScreenCTM().inverse());
      return { x: clampReach(at.x), y: clampReach(-at.y) };
    };
    const pointOf = (event) => (this.state.rounds ? undefined : event.target.dataset?.point);
    plane.addEventListener("pointerdown", (event) => {
      const point = pointOf(event);
      if (point === undefined) return;
      this.held = Number(point);
      plane.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.marks[this.held].focus();
    });
    plane.addEventListener("pointermove", (event) => {
      if (this.held !== undefined) this.move(this.held, place(event));
    });
    const release = () => {
      if (this.held !== undefined) this.commit("points", encodePoints(this.state.points));
      this.held = undefined;
    };
    for (const kind of ["pointerup", "pointercancel"]) plane.addEventListener(kind, release);
    plane.addEventListener("keydown", (event) => {
      const [point, step] = [pointOf(event), NUDGE[event.key]];
      if (point === undefined || !step) return;
      const { x, y } = this.state.points[Number(point)];
      const far = event.shiftKey ? 10 : 2;
      this.move(Number(point), { x: clampReach(x + far * step[0]), y: clampReach(y + far * step[1]) });
      clearTimeout(this.nudged);
      this.nudged = setTimeout(() => this.commit("points", encodePoints(this.state.points)), QUIET_PLAYGROUND_MS);
      event.preventDefault();
      event.stopPropagation();
    });
  }

  move(point, place) {
    this.change({ points: this.state.points.map((old, i) => (i === point ? place : old)) });
  }

  setPoints(points) {
    this.change({ points, rounds: 0 });
    this.commit("points", encodePoints(points));
    this.commit("rounds", 0);
  }

  add() {
    const [extra] = bundledPoints(1, this.state.points.length + 17 * ++this.state.seed);
    this.setPoints([...this.state.points, extra]);
  }

  choose(method) {
    this.change({ method, rounds: 0 });
    this.commit("method", method);
    this.commit("rounds", 0);
  }

  turn(by) {
    this.change({ rounds: Math.max(this.state.rounds + by, 0) });
    this.commit("rounds", this.state.rounds);
  }

  change(part) {
    Object.assign(this.state, part);
    const start = performance.now();
    this.draw();
    this.element.dataset.frameMs = (performance.now() - start).toFixed(2);
  }

  draw() {
    const { points, method, join, rounds } = this.state;
    const tokens = tokensAt(points, method, join, rounds);
    const match = matchPoints(tokens, method, join);
    this.drawPlane(tokens, match);
    for (const card of this.cards) this.drawCard(card, tokens);
    const most = rateCap(tokens);
    this.rateBar.hidden = !most;
    this.range.max = String(most);
    this.range.value = String(match.r);
    this.rate.textContent = tr("{r} of {most}", { r: match.r, most });
    this.merge.disabled = !match.r;
    this.undo.disabled = !rounds;
    this.more.disabled = points.length >= MOST;
    this.fewer.disabled = points.length <= FEWEST;
    this.say(tokens, match);
  }

  drawPlane(tokens, match) {
    const focused = this.plane.getRootNode().activeElement?.dataset?.point;
    const { edges, sets, all = [] } = match;
    const rest = all.slice(edges.length);
    const merged = edges.length
      ? mergePoints(tokens, match).filter(
          (token) => token.members.length > 1 && tokens.every((old) => old.size !== token.size || old.x !== token.x),
        )
      : [];
    this.marks = tokens.map((token, i) =>
      svgElement("path", {
        d: markPath(token, setOf(sets, i)),
        class: `play-mark play-${setOf(sets, i)}`,
        "data-point": i,
        tabindex: "0",
        role: "button",
        "aria-label": tr("{name}, {angle} degrees, size {size}", {
          name: sets ? `${setOf(sets, i).toUpperCase()} ${i}` : tr("token {number}", { number: i }),
          angle: Math.round((180 * Math.atan2(token.y, token.x)) / Math.PI),
          size: token.size,
        }),
      }),
    );
    const names = tokens.map((token, i) =>
      svgElement("text", { x: token.x, y: -token.y + 2.4, "text-anchor": "middle", "aria-hidden": "true" }, String(i)),
    );
    this.plane.replaceChildren(
      svgElement("circle", { r: REACH, class: "play-horizon" }),
      svgElement("path", { d: "M-4 0h8M0 -4v8", class: "play-origin" }),
      svgElement("path", { d: tokens.map(({ x, y }) => `M0 0L${x} ${-y}`).join(""), class: "play-ray" }),
      svgElement("path", { d: rest.map((edge) => lineOf(tokens, edge)).join(""), class: "play-line play-rest" }),
      svgElement("path", { d: edges.map((edge) => lineOf(tokens, edge)).join(""), class: "play-line" }),
      svgElement("path", { d: merged.map((token) => markPath(token, "free", 1.1)).join(""), class: "play-merged" }),
      ...this.marks,
      ...names,
    );
    if (focused !== undefined) this.marks[Number(focused)]?.focus({ preventScroll: true });
  }

  drawCard({ method, button, lines, marks, sum, steps }, tokens) {
    const match = matchPoints(tokens, method, this.state.join);
    lines.setAttribute("d", match.edges.map((edge) => lineOf(tokens, edge)).join(""));
    marks.replaceChildren(
      ...tokens.map((token, i) =>
        svgElement("path", {
          d: markPath(token, setOf(match.sets, i), 1.3),
          class: `play-mark play-${setOf(match.sets, i)}`,
        }),
      ),
    );
    sum.textContent = keptSum(match.edges).toFixed(3);
    steps.textContent = String(match.edges.length ? match.steps : 0);
    button.setAttribute("aria-pressed", String(method === this.state.method));
  }

  say(tokens, { edges, r }) {
    const { rounds, method } = this.state;
    const last = edges.at(-1);
    const shared = new Set(edges.map((edge) => edge.destination)).size;
    const [count, title] = [tokens.length, METHODS.find(([name]) => name === method)[1]];
    const words = { layer: rounds + 1, count, method: title };
    const start =
      count === 1
        ? tr("Layer {layer}, 1 token, {method}.", words)
        : tr("Layer {layer}, {count} tokens, {method}.", words);
    this.facts.textContent = `${start} ${last ? joinedSaid(tokens, last, r, shared) : noneSaid(tokens)}`;
  }

  commit(name, value) {
    if (this.committed[name] === value) return;
    this.committed[name] = value;
    this.host.commit(name, value);
  }

  destroy() {
    clearTimeout(this.nudged);
    this.element.remove();
  }
}

/** Show the playground in `root`; called again on the same root it updates what is there. */
export function renderPlayground(root, data, host) {
  if (!playgrounds.has(root)) playgrounds.set(root, new Playground(root));
  playgrounds.get(root).update(data, host);
}

export function unmountPlayground(root) {
  playgrounds.get(root)?.destroy();
  playgrounds.delete(root);
}
