// The curve of tokens over layers.

import { svgElement } from "./controls.js";

/** @import { Story } from "./story.js" */

const CURVE_HEIGHT = 40;

/**
 * Remaining tokens over the layers, a line per story; the first one has the area and the cursor.
 * @param {SVGSVGElement} curve @param {Story[]} stories @param {number} last
 */
export function drawCurve(curve, stories, last) {
  const span = Math.max(last, 1);
  const most = Math.max(...stories.map((story) => story.layers[0].tokens));
  /** @param {number} tokens */
  const height = (tokens) => (CURVE_HEIGHT - 4) * (1 - tokens / most) + 2;
  curve.setAttribute("viewBox", `0 0 ${span} ${CURVE_HEIGHT}`);
  const lines = stories.map((story) => story.layers.map(({ tokens }, i) => `${i} ${height(tokens)}`).join("L"));
  const parts = lines.map((line, i) =>
    svgElement("path", { d: `M${line}`, class: i ? "tome-line tome-other" : "tome-line" }),
  );
  const area = `M0 ${CURVE_HEIGHT}L${lines[0]}L${stories[0].last} ${CURVE_HEIGHT}Z`;
  const cursor = svgElement("path", { class: "tome-cursor" });
  const dots = svgElement("path", { class: "tome-dots" });
  curve.replaceChildren(svgElement("path", { d: area, class: "tome-area" }), ...parts.reverse(), cursor, dots);
  /** @param {number} layer */
  return (layer) => {
    cursor.setAttribute("d", `M${layer} 0V${CURVE_HEIGHT}`);
    const points = stories.map(({ layers, last }) => [Math.min(layer, last), layers[Math.min(layer, last)].tokens]);
    dots.setAttribute("d", points.map(([at, tokens]) => `M${at} ${height(tokens)}h0.0001`).join(""));
  };
}
