// The plane: points to drag or move by arrow keys, and the edges between them.

import { tr } from "../page/language.js";
import { svgElement } from "../viewer/controls.js";
import { linesPath, markPath, setOf, VIEW_BOX } from "./marks.js";
import { mergePoints, REACH } from "./state.js";

/**
 * @import { Point, Sets, Token } from "./match.js"
 * @import { Match } from "./state.js"
 */

/** @type {Record<string, [dx: number, dy: number]>} */
const NUDGE = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };
const [NEAR, FAR] = [2, 10];
const QUIET_MS = 500;

/** @param {number} value */
const clampReach = (value) => Math.min(Math.max(Math.round(value), -REACH), REACH);

export class Plane {
  /**
   * onEnd() comes after a gesture. placeOf(point): undefined if the point cannot move.
   * @param {{onMove: (point: number, place: Point) => void, onEnd: () => void}} events
   * @param {(point: number) => Point | undefined} placeOf
   */
  constructor(events, placeOf) {
    this.events = events;
    this.placeOf = placeOf;
    /** @type {number | undefined} the point that is dragged */
    this.held = undefined;
    /** @type {number | undefined} */
    this.nudged = undefined;
    /** @type {SVGPathElement[]} */
    this.marks = [];
    this.svg = svgElement("svg", {
      class: "play-plane",
      viewBox: VIEW_BOX,
      role: "group",
      "aria-label": tr("Points: drag them, or move them with the arrow keys"),
    });
    this.listen();
  }

  listen() {
    const { svg, events } = this;
    svg.addEventListener("pointerdown", (event) => {
      const point = this.pointOf(event);
      if (point === null) return;
      this.held = point;
      svg.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.marks[point].focus();
    });
    svg.addEventListener("pointermove", (event) => {
      const screen = svg.getScreenCTM();
      if (this.held === undefined || !screen) return;
      const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(screen.inverse());
      events.onMove(this.held, { x: clampReach(at.x), y: clampReach(-at.y) });
    });
    const release = () => {
      if (this.held !== undefined) events.onEnd();
      this.held = undefined;
    };
    for (const kind of ["pointerup", "pointercancel"]) svg.addEventListener(kind, release);
    svg.addEventListener("keydown", (event) => this.nudge(event));
  }

  /**
   * The movable point of an event, or null.
   * @param {Event} event
   */
  pointOf({ target }) {
    const point = target instanceof SVGElement ? target.dataset.point : undefined;
    return point !== undefined && this.placeOf(Number(point)) ? Number(point) : null;
  }

  /** @param {KeyboardEvent} event */
  nudge(event) {
    const [point, step] = [this.pointOf(event), NUDGE[event.key]];
    const place = point === null ? undefined : this.placeOf(point);
    if (point === null || !place || !step) return;
    const { x, y } = place;
    const far = event.shiftKey ? FAR : NEAR;
    this.events.onMove(point, { x: clampReach(x + far * step[0]), y: clampReach(y + far * step[1]) });
    clearTimeout(this.nudged);
    this.nudged = setTimeout(this.events.onEnd, QUIET_MS);
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {Token[]} tokens @param {Match} match */
  draw(tokens, match) {
    const focused = this.marks.findIndex((mark) => mark.matches(":focus"));
    const { edges, sets, all } = match;
    /** @param {string} name @param {string} d */
    const path = (name, d) => svgElement("path", { d, class: name });
    this.marks = tokens.map((token, i) => markOf(token, sets, i));
    this.svg.replaceChildren(
      svgElement("circle", { r: REACH, class: "play-horizon" }),
      path("play-origin", "M-4 0h8M0 -4v8"),
      path("play-ray", tokens.map(({ x, y }) => `M0 0L${x} ${-y}`).join("")),
      path("play-line play-rest", linesPath(tokens, all.slice(edges.length))),
      path("play-line", linesPath(tokens, edges)),
      path("play-merged", mergedPath(tokens, match)),
      ...this.marks,
      ...tokens.map(numberOf),
    );
    this.marks[focused]?.focus({ preventScroll: true });
  }

  stop() {
    clearTimeout(this.nudged);
  }
}

/**
 * The marks of the merged tokens.
 * @param {Token[]} tokens @param {Match} match
 */
function mergedPath(tokens, match) {
  if (!match.edges.length) return "";
  return mergePoints(tokens, match)
    .filter((token) => token.members.length > 1 && tokens.every((old) => old.size !== token.size || old.x !== token.x))
    .map((token) => markPath(token, "free", 1.1))
    .join("");
}

/** @param {Token} token @param {Sets | null} sets @param {number} i */
function markOf(token, sets, i) {
  const set = setOf(sets, i);
  return svgElement("path", {
    d: markPath(token, set),
    class: `play-mark play-${set}`,
    "data-point": i,
    tabindex: "0",
    role: "button",
    "aria-label": tr("{name}, {angle} degrees, size {size}", {
      name: sets ? `${set.toUpperCase()} ${i}` : tr("token {number}", { number: i }),
      angle: Math.round((180 * Math.atan2(token.y, token.x)) / Math.PI),
      size: token.size,
    }),
  });
}

/** @param {Point} token @param {number} i */
const numberOf = ({ x, y }, i) =>
  svgElement("text", { x, y: -y + 2.4, "text-anchor": "middle", "aria-hidden": "true" }, String(i));
