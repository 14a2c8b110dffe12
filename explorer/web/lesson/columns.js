// A and B as two columns of thumbnails, with the edges between them.

import { inRow, tr } from "../page/language.js";
import { svgElement } from "../viewer/controls.js";
import { SET_A } from "./decode.js";
import { edgesTo } from "./match.js";
import { nameOf } from "./names.js";
import { geometryOf, squaresPath } from "./photo_paths.js";
import { onToken } from "./token_events.js";

/**
 * @import { Edge, Lesson } from "./decode.js"
 * @import { Events } from "./token_events.js"
 */

const WIDTH = 400;
const ROW = { legible: 46, all: 30 };
const EDGE = 8;
const LEAST = 3; // rows
const HALF_LINE = 8; // of two lines of words at a token

/**
 * The token's part of the photo as a square, without other tokens' patches.
 * @param {Lesson} lesson @param {number} token @param {number} x @param {number} y @param {number} side
 */
export function thumbnailOf(lesson, token, x, y, side) {
  const geometry = geometryOf(lesson);
  const patches = lesson.members[token];
  const columns = patches.map((patch) => patch % lesson.cols);
  const lines = patches.map((patch) => Math.floor(patch / lesson.cols));
  const [left, top] = [Math.min(...columns), Math.min(...lines)];
  const [across, down] = [Math.max(...columns) - left + 1, Math.max(...lines) - top + 1];
  const others = [];
  for (let i = 0; i < across * down; i++) {
    const patch = (top + Math.floor(i / across)) * lesson.cols + left + (i % across);
    if (lesson.labels[patch] !== token) others.push(patch);
  }
  return svgElement(
    "svg",
    {
      x,
      y,
      width: side,
      height: side,
      preserveAspectRatio: "xMidYMid meet",
      "aria-hidden": "true",
      viewBox: `${left * geometry.unit} ${top * geometry.tall} ${across * geometry.unit} ${down * geometry.tall}`,
    },
    svgElement("use", { href: "#lesson-image" }),
    svgElement("path", { class: "lesson-veil", d: squaresPath(lesson, geometry, others) }),
  );
}

/** @param {Lesson} lesson @param {number} token */
export function thumbnail(lesson, token, side = 36) {
  if (!lesson.members[token].length)
    return svgElement("svg", { width: side, height: side, viewBox: "0 0 20 20", class: "lesson-lock" }, lockPath());
  const crop = thumbnailOf(lesson, token, 0, 0, side);
  crop.setAttribute("class", `lesson-thumb ${lesson.set[token] === SET_A ? "lesson-a" : "lesson-b"}`);
  return crop;
}

export function lockPath() {
  return svgElement("path", { d: "M6 9V6.5a4 4 0 0 1 8 0V9M4.5 9h11v8h-11z" });
}

/**
 * `more`: a second line of words.
 * @param {Lesson} lesson @param {number} token @param {number} x @param {number} y @param {number} side
 * @param {boolean} left
 */
function node(lesson, token, x, y, side, left, more = "") {
  const words = [
    nameOf(lesson, token),
    ...(lesson.sizes[token] > 1 ? [tr("size {size}", { size: lesson.sizes[token] })] : []),
  ];
  /** @param {string} said @param {number} down */
  const line = (said, down) => {
    const at = { x: left ? x - 10 : x + side + 10, y: y + side / 2 + 4 + down, "text-anchor": left ? "end" : "start" };
    const text = svgElement("text", at);
    text.textContent = said;
    return text;
  };
  const lines = more ? [line(words.join(" · "), -HALF_LINE), line(more, HALF_LINE)] : [line(words.join(" · "), 0)];
  return svgElement(
    "g",
    {
      class: `lesson-node ${left ? "lesson-a" : "lesson-b"}`,
      role: "button",
      tabindex: "0",
      "data-token": token,
      "aria-label": inRow([...words, more], ", "),
    },
    svgElement("rect", { x: x - 2, y: y - 2, width: side + 4, height: side + 4, rx: 3, class: "lesson-frame" }),
    thumbnailOf(lesson, token, x, y, side),
    ...lines,
  );
}

/**
 * The ends of `edges`, each set in order of position.
 * @param {Edge[]} edges
 */
export function endsOf(edges) {
  /** @param {number[]} tokens */
  const sorted = (tokens) => [...new Set(tokens)].sort((x, y) => x - y);
  return { a: sorted(edges.map((edge) => edge.source)), b: sorted(edges.map((edge) => edge.destination)) };
}

/**
 * Of a B token that more A tokens choose than `edges` show: how many of its edges they are; else "".
 * @param {Lesson} lesson @param {Edge[]} edges @param {number} token
 */
export function leftOut(lesson, edges, token) {
  const drawn = edges.filter((edge) => edge.destination === token).length;
  const all = edgesTo(lesson, token).length;
  return drawn && drawn < all ? tr("{drawn} of {all} edges", { drawn, all }) : "";
}

/**
 * How many legible rows of `columns` are whole in `holder`: in its greatest height, or in its own.
 * @param {HTMLElement} holder @param {SVGElement} columns
 */
export function rowsIn(holder, columns) {
  const { width } = columns.getBoundingClientRect();
  const height = Number.parseFloat(getComputedStyle(holder).maxHeight) || holder.clientHeight;
  return Math.max(LEAST, Math.floor(((height * WIDTH) / width - EDGE) / ROW.legible));
}

/**
 * Columns of the tokens `a` and `b` with `edges` between them. show(r, active) marks the merging ones.
 * @param {Lesson} lesson @param {Edge[]} edges
 * @param {{a: number[], b: number[], small: boolean, events: Events}} shown
 */
export function makeColumns(lesson, edges, { a, b, small, events }) {
  const row = small ? ROW.all : ROW.legible;
  const side = row - 8;
  const height = Math.max(a.length, b.length) * row + EDGE;
  /** @param {number[]} tokens @param {number} i */
  const top = (tokens, i) => ((i + 0.5) / tokens.length) * (height - EDGE) - side / 2 + 4;
  const [xa, xb] = [104, WIDTH - 104 - side];
  const at = new Float64Array(lesson.tokens);
  for (const tokens of [a, b])
    tokens.forEach((token, i) => {
      at[token] = top(tokens, i);
    });
  const lines = edges.map((edge) => {
    const [y0, y1] = [at[edge.source] + side / 2, at[edge.destination] + side / 2];
    const path = svgElement("path", {
      d: `M${xa + side + 4} ${y0}C${WIDTH / 2} ${y0} ${WIDTH / 2} ${y1} ${xb - 4} ${y1}`,
      class: "lesson-edge",
    });
    return { edge, path };
  });
  const nodes = [
    ...a.map((token) => node(lesson, token, xa, at[token], side, true)),
    ...b.map((token) => node(lesson, token, xb, at[token], side, false, leftOut(lesson, edges, token))),
  ];
  const svg = svgElement(
    "svg",
    { class: "lesson-columns", viewBox: `0 0 ${WIDTH} ${height}`, role: "group", "aria-label": tr("Sets A and B") },
    svgElement("g", { "aria-hidden": "true" }, ...lines.map((line) => line.path)),
    ...nodes,
  );
  listenToNodes(svg, events);
  return {
    element: svg,
    /** @param {number} r @param {number} active */
    show(r, active) {
      for (const { edge, path } of lines) {
        path.classList.toggle("lesson-gone", edge.rank >= r);
        path.classList.toggle("lesson-lit", edge.source === active || edge.destination === active);
      }
      for (const part of nodes) part.classList.toggle("lesson-lit", Number(part.dataset.token) === active);
    },
  };
}

/** @param {SVGElement} svg @param {Events} events */
function listenToNodes(svg, events) {
  onToken(svg, "pointerover", (token, event) => {
    if (event.pointerType !== "touch") events.onHover(token);
  });
  onToken(svg, "focusin", (token) => events.onHover(token, true));
  onToken(svg, "click", (token) => events.onPin(token));
  onToken(svg, "keydown", (token, event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    events.onPin(token);
  });
  svg.addEventListener("pointerleave", () => events.onHover(null));
}
