// The photo with its tokens as focusable shapes, and the edges of the matching over it.

import { SIZE_STOPS } from "../viewer/colour.js";
import { element, svgElement } from "../viewer/controls.js";
import { edgeRuns } from "../viewer/scene.js";

export const PHOTO_WIDTH = 1000;

export function geometryOf(lesson) {
  const unit = PHOTO_WIDTH / lesson.cols;
  const tall = (lesson.view.height / lesson.rows) * (PHOTO_WIDTH / lesson.view.width);
  return { unit, tall, height: tall * lesson.rows };
}

const corner = (lesson, { unit, tall }, patch) => [
  (patch % lesson.cols) * unit,
  Math.floor(patch / lesson.cols) * tall,
];

/** Where a token lies: the middle of the patch of it that is nearest to the middle of them all. */
export function centreOf(lesson, geometry, token) {
  const corners = lesson.members[token].map((patch) => corner(lesson, geometry, patch));
  const mean = [0, 1].map((axis) => corners.reduce((sum, point) => sum + point[axis], 0) / corners.length);
  const far = ([x, y]) => Math.hypot(x - mean[0], y - mean[1]);
  const [x, y] = corners.reduce((best, point) => (far(point) < far(best) ? point : best));
  return [x + geometry.unit / 2, y + geometry.tall / 2];
}

export function squaresPath(lesson, geometry, patches) {
  const { unit, tall } = geometry;
  return patches
    .map((patch) => {
      const [x, y] = corner(lesson, geometry, patch);
      return `M${x.toFixed(1)} ${y.toFixed(1)}h${unit.toFixed(1)}v${tall.toFixed(1)}h${(-unit).toFixed(1)}z`;
    })
    .join("");
}

function runsText(runs, { unit, tall }) {
  return runs
    .map(
      ([x0, y0, x1, y1]) =>
        `M${(x0 * unit).toFixed(1)} ${(y0 * tall).toFixed(1)}L${(x1 * unit).toFixed(1)} ${(y1 * tall).toFixed(1)}`,
    )
    .join("");
}

/** Borders between neighbours whose labels differ, as one path. */
export function bordersPath(lesson, geometry, label) {
  return runsText(
    edgeRuns(lesson.rows, lesson.cols, (p, q) => p >= 0 && q >= 0 && label(p) !== label(q)),
    geometry,
  );
}

export function outlinePath(lesson, geometry, inside) {
  const within = (patch) => patch >= 0 && inside(patch);
  return runsText(
    edgeRuns(lesson.rows, lesson.cols, (p, q) => within(p) !== within(q)),
    geometry,
  );
}

export function heatColour(share) {
  const place = Math.min(Math.max(share, 0), 1) * (SIZE_STOPS.length - 1);
  const low = Math.min(Math.floor(place), SIZE_STOPS.length - 2);
  const mix = SIZE_STOPS[low].map((channel, i) =>
    Math.round(channel + (place - low) * (SIZE_STOPS[low + 1][i] - channel)),
  );
  return `rgb(${mix.join(" ")})`;
}

/** The colours of heatColour in a row, between the words for its ends. */
export function makeScale(low, high) {
  const swatches = SIZE_STOPS.map((_, i) => {
    const swatch = element("i", { class: "tome-swatch" });
    swatch.style.background = heatColour(i / (SIZE_STOPS.length - 1));
    return swatch;
  });
  return [`${low} `, element("span", { class: "tome-scale" }, ...swatches), ` ${high}`];
}

export function photoImage(lesson, attributes = {}) {
  const scale = PHOTO_WIDTH / lesson.view.width;
  return svgElement("image", {
    href: lesson.picture.src,
    x: -lesson.view.x * scale,
    y: -lesson.view.y * scale,
    width: lesson.picture.width * scale,
    height: lesson.picture.height * scale,
    preserveAspectRatio: "none",
    ...attributes,
  });
}

export function arrowBetween([x0, y0], [x1, y1], head) {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const size = Math.min(head, 0.5 * Math.hypot(x1 - x0, y1 - y0));
  const wing = (turn) =>
    `${(x1 - size * Math.cos(angle + turn)).toFixed(1)} ${(y1 - size * Math.sin(angle + turn)).toFixed(1)}`;
  return `M${x0.toFixed(1)} ${y0.toFixed(1)}L${x1.toFixed(1)} ${y1.toFixed(1)}M${wing(0.5)}L${x1.toFixed(1)} ${y1.toFixed(1)}L${wing(-0.5)}`;
}

/** events: onHover(token or null, by keyboard), onPin(token). Tokens share one tab stop; arrows lead from one to the next. */
export class LessonPhoto {
  constructor(lesson, events) {
    this.lesson = lesson;
    this.events = events;
    this.geometry = geometryOf(lesson);
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
        role: "group",
      },
      photoImage(lesson, { id: "lesson-image", "aria-hidden": "true" }),
      svgElement("g", {}, ...this.shapes.filter(Boolean)),
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
    this.rove(lesson.prefix.length);
  }

  listen() {
    const on = (kind, then) =>
      this.svg.addEventListener(kind, (event) => {
        const { token } = event.target.dataset ?? {};
        if (token !== undefined) then(Number(token), event);
      });
    on("pointerover", (token, event) => {
      if (event.pointerType !== "touch") this.events.onHover(token);
    });
    on("focusin", (token) => {
      this.rove(token);
      if (this.svg.querySelector(":focus-visible")) this.events.onHover(token, true);
    });
    on("click", (token) => this.events.onPin(token));
    on("keydown", (token, event) => this.onKey(token, event));
    for (const kind of ["pointerleave", "focusout"]) this.svg.addEventListener(kind, () => this.events.onHover(null));
  }

  onKey(token, event) {
    const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
    if (step) this.neighbour(token, step)?.focus();
    else if (event.key === "Enter" || event.key === " ") this.events.onPin(token);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** The nearest token whose middle lies mostly in the direction of `step`. */
  neighbour(token, [dx, dy]) {
    const [x, y] = this.centres[token];
    let [best, least] = [null, Infinity];
    this.centres.forEach((centre, other) => {
      if (!centre || other === token) return;
      const along = (centre[0] - x) * dx + (centre[1] - y) * dy;
      const across = Math.abs((centre[0] - x) * dy) + Math.abs((centre[1] - y) * dx);
      if (along > 1 && across <= along && along + 2 * across < least) [best, least] = [other, along + 2 * across];
    });
    return this.shapes[best];
  }

  rove(token) {
    this.shapes[this.stop]?.setAttribute("tabindex", "-1");
    this.stop = token;
    this.shapes[token]?.setAttribute("tabindex", "0");
  }

  /** fill(token) → a CSS colour, or "" for the bare photo. */
  paint(fill) {
    this.shapes.forEach((shape, token) => {
      if (shape) shape.style.fill = fill(token);
    });
  }

  /** name(token) → what a screen reader says. */
  announce(name) {
    this.shapes.forEach((shape, token) => shape?.setAttribute("aria-label", name(token)));
  }

  /** Say which token is pinned, or none. */
  press(pinned) {
    this.shapes.forEach((shape, token) => shape?.setAttribute("aria-pressed", String(token === pinned)));
  }

  /** text(token) → a letter in its middle; null for none at all. */
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

  /** label(patch): what a border separates. */
  divide(label) {
    this.borders.setAttribute("d", bordersPath(this.lesson, this.geometry, label));
  }

  lines({ faint = [], strong = [] }) {
    const head = this.geometry.unit * 0.34;
    const path = (edges) =>
      edges
        .map(({ source, destination }) => arrowBetween(this.centres[source], this.centres[destination], head))
        .join("");
    this.faint.setAttribute("d", path(faint));
    const d = path(strong);
    for (const line of [this.halo, this.strong]) line.setAttribute("d", d);
  }

  /** Outline tokens: one that is looked at, its partner, and a wrong guess. */
  outline(ring, mark = null, miss = null) {
    const around = (token) =>
      token === null || token === undefined
        ? ""
        : outlinePath(this.lesson, this.geometry, (patch) => this.lesson.labels[patch] === token);
    this.ringHalo.setAttribute("d", around(ring));
    this.ring.setAttribute("d", around(ring));
    for (const line of [this.markHalo, this.mark]) line.setAttribute("d", around(mark));
    for (const line of [this.missHalo, this.miss]) line.setAttribute("d", around(miss));
  }
}
