// Tokens and edges on the plane, and their legend.

import { tr } from "../page/language.js";
import { element, svgElement } from "../viewer/controls.js";

/**
 * @import { Edge, Point, Sets, Token } from "./match.js"
 * @typedef {ReturnType<typeof setOf>} SetName
 */

export const VIEW_BOX = "-112 -112 224 224";

/**
 * A token's mark: a disc in A, a square in B, a diamond without sets; its area is proportional to its size.
 * @param {Point & {size: number}} token @param {SetName} set
 */
export function markPath({ x, y, size }, set, scale = 1) {
  const s = scale * (5.5 + 1.6 * Math.sqrt(size - 1));
  if (set === "b") return `M${x - s} ${-y - s}h${2 * s}v${2 * s}h${-2 * s}z`;
  if (set === "a") return `M${x - s} ${-y}a${s} ${s} 0 1 0 ${2 * s} 0a${s} ${s} 0 1 0 ${-2 * s} 0z`;
  return `M${x} ${-y - 1.2 * s}L${x + 1.2 * s} ${-y}L${x} ${-y + 1.2 * s}L${x - 1.2 * s} ${-y}z`;
}

/** @param {Sets | null} sets @param {number} i */
export const setOf = (sets, i) => (!sets ? "free" : sets.a.includes(i) ? "a" : "b");

/**
 * `edges` as one path.
 * @param {Point[]} tokens @param {Edge[]} edges
 */
export const linesPath = (tokens, edges) =>
  edges
    .map(({ source, destination }) => [tokens[source], tokens[destination]])
    .map(([from, to]) => `M${from.x} ${-from.y}L${to.x} ${-to.y}`)
    .join("");

/** @param {SetName} set */
const plainMark = (set) =>
  svgElement("path", { d: markPath({ x: 0, y: 0, size: 1 }, set), class: `play-mark play-${set}` });
/** @param {string} kind */
const sampleLine = (kind) => svgElement("path", { d: "M-9 0h18", class: `play-line ${kind}` });

/** The meaning of each mark. */
export function makeLegend() {
  const merged = svgElement("path", { d: markPath({ x: 0, y: 0, size: 1 }, "free", 1.1), class: "play-merged" });
  const parts = [
    [plainMark("a"), tr("token of A")],
    [plainMark("b"), tr("token of B")],
    [plainMark("free"), tr("token, where a method has no sets")],
    [merged, tr("merged token: the mean, larger with size")],
    [sampleLine(""), tr("edge that merges")],
    [sampleLine("play-rest"), tr("edge beyond r: does not merge")],
  ];
  return element(
    "ul",
    { class: "play-legend" },
    ...parts.map(([mark, words]) =>
      element("li", {}, svgElement("svg", { viewBox: "-10 -10 20 20", "aria-hidden": "true" }, mark), words),
    ),
  );
}
