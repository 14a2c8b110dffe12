// The photo with its tokens as focusable shapes, and the edges of the matching over it.

import { svgElement } from "../viewer/controls.js";
import {
  arrowBetween,
  bordersPath,
  centreOf,
  geometryOf,
  outlinePath,
  PHOTO_WIDTH,
  photoImage,
  squaresPath,
} from "./photo_paths.js";
import { onToken } from "./token_events.js";

/**
 * @import { Lesson } from "./decode.js"
 * @import { Events } from "./token_events.js"
 * @typedef {{source: number, destination: number}} Ends
 */

/** @type {Record<string, [dx: number, dy: number]>} */
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** Tokens share a tab stop; arrow keys move between them. */
export class LessonPhoto {
  /** @param {Lesson} lesson @param {Events} events */
  constructor(lesson, events) {
    this.lesson = lesson;
    this.events = events;
    this.geometry = geometryOf(lesson);
    this.stop = lesson.prefix.length;
    /**
     * @template Made
     * @param {(token: number, patches: number[]) => Made} make
     */
    const held = (make) => lesson.members.map((patches, token) => (patches.length ? make(token, patches) : null));
    this.centres = held((token) => centreOf(lesson, this.geometry, token));
    this.shapes = held((token, patches) =>
      svgElement("path", {
        d: squaresPath(lesson, this.geometry, patches),
        class: "lesson-token",
        role: "button",
        tabindex: "-1",
        "data-token": token,
      }),
    );
    /** @param {string} name */
    const line = (name) => svgElement("path", { class: `lesson-line lesson-${name}`, "aria-hidden": "true" });
    this.borders = line("borders");
    this.faint = line("faint");
    this.halo = line("halo");
    this.strong = line("strong");
    this.missHalo = line("missHalo");
    this.miss = line("miss");
    this.ringHalo = line("ringHalo");
    this.ring = line("ring");
    this.markHalo = line("markHalo");
    this.mark = line("mark");
    this.letters = svgElement("g", { class: "lesson-letters", "aria-hidden": "true" });
    this.svg = svgElement(
      "svg",
      {
        class: "lesson-photo",
        viewBox: `0 0 ${PHOTO_WIDTH} ${this.geometry.height.toFixed(1)}`,
        preserveAspectRatio: "xMinYMin",
        role: "group",
      },
      photoImage(lesson, { id: "lesson-image", "aria-hidden": "true" }),
      svgElement("g", {}, ...this.shapes.filter((shape) => shape !== null)),
      this.letters,
      this.borders,
      this.faint,
      this.halo,
      this.strong,
      this.ringHalo,
      this.ring,
      this.missHalo,
      this.miss,
      this.markHalo,
      this.mark,
    );
    this.listen();
    this.rove(this.stop);
  }

  listen() {
    const { svg } = this;
    onToken(svg, "pointerover", (token, event) => {
      if (event.pointerType !== "touch") this.events.onHover(token);
    });
    onToken(svg, "focusin", (token) => {
      this.rove(token);
      if (svg.querySelector(":focus-visible")) this.events.onHover(token, true);
    });
    onToken(svg, "click", (token) => this.events.onPin(token));
    onToken(svg, "keydown", (token, event) => this.onKey(token, event));
    for (const kind of ["pointerleave", "focusout"]) svg.addEventListener(kind, () => this.events.onHover(null));
  }

  /** @param {number} token @param {KeyboardEvent} event */
  onKey(token, event) {
    const step = ARROWS[event.key];
    if (step) this.neighbour(token, step)?.focus();
    else if (event.key === "Enter" || event.key === " ") this.events.onPin(token);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * The nearest token mostly in the direction of `step`.
   * @param {number} token @param {number[]} step
   */
  neighbour(token, [dx, dy]) {
    const from = this.centres[token];
    if (!from) return null;
    const [x, y] = from;
    let best = -1;
    let least = Infinity;
    this.centres.forEach((centre, other) => {
      if (!centre || other === token) return;
      const along = (centre[0] - x) * dx + (centre[1] - y) * dy;
      const across = Math.abs((centre[0] - x) * dy) + Math.abs((centre[1] - y) * dx);
      if (along > 1 && across <= along && along + 2 * across < least) [best, least] = [other, along + 2 * across];
    });
    return this.shapes[best];
  }

  /** @param {number} token */
  rove(token) {
    this.shapes[this.stop]?.setAttribute("tabindex", "-1");
    this.stop = token;
    this.shapes[token]?.setAttribute("tabindex", "0");
  }

  /**
   * fill(token) → CSS colour, or "" for the bare photo.
   * @param {(token: number) => string} fill
   */
  paint(fill) {
    this.shapes.forEach((shape, token) => {
      if (shape) shape.style.fill = fill(token);
    });
  }

  /**
   * name(token) → text for screen readers.
   * @param {(token: number) => string} name
   */
  announce(name) {
    this.shapes.forEach((shape, token) => shape?.setAttribute("aria-label", name(token)));
  }

  /**
   * Set the pinned token, or none, for screen readers.
   * @param {number | null} pinned
   */
  press(pinned) {
    this.shapes.forEach((shape, token) => shape?.setAttribute("aria-pressed", String(token === pinned)));
  }

  /**
   * text(token) → letter in its middle; null removes all letters.
   * @param {((token: number) => string) | null} text
   */
  write(text) {
    const size = Math.min(this.geometry.unit, this.geometry.tall) * 0.5;
    this.letters.replaceChildren(
      ...(text
        ? this.centres.flatMap((centre, token) => {
            if (!centre || !text(token)) return [];
            const at = {
              x: centre[0],
              y: centre[1] + size * 0.35,
              style: `font-size: ${size}px`,
              "text-anchor": "middle",
            };
            return [svgElement("text", at, text(token))];
          })
        : []),
    );
  }

  /**
   * Draw borders between different label(patch).
   * @param {(patch: number) => number} label
   */
  divide(label) {
    this.borders.setAttribute("d", bordersPath(this.lesson, this.geometry, label));
  }

  /** @param {{faint?: Ends[], strong?: Ends[]}} edges */
  lines({ faint = [], strong = [] }) {
    const head = this.geometry.unit * 0.34;
    /** @param {Ends[]} edges */
    const path = (edges) =>
      edges
        .map(({ source, destination }) => [this.centres[source], this.centres[destination]])
        .map(([from, to]) => (from && to ? arrowBetween(from, to, head) : ""))
        .join("");
    this.faint.setAttribute("d", path(faint));
    const d = path(strong);
    for (const line of [this.halo, this.strong]) line.setAttribute("d", d);
  }

  /**
   * Outline tokens: the active one, its partner, and a wrong guess.
   * @param {number | null} ring @param {number | null} [mark] @param {number | null} [miss]
   */
  outline(ring, mark = null, miss = null) {
    /** @param {number | null} token */
    const around = (token) =>
      token === null ? "" : outlinePath(this.lesson, this.geometry, (patch) => this.lesson.labels[patch] === token);
    this.ringHalo.setAttribute("d", around(ring));
    this.ring.setAttribute("d", around(ring));
    for (const line of [this.markHalo, this.mark]) line.setAttribute("d", around(mark));
    for (const line of [this.missHalo, this.miss]) line.setAttribute("d", around(miss));
  }
}
