// Positions of tokens on the photo, and the paths around and between them.

import { svgElement } from "../viewer/controls.js";
import { edgeRuns } from "../viewer/scene.js";

/**
 * @import { Lesson } from "./decode.js"
 * @typedef {[x: number, y: number]} Point
 * @typedef {ReturnType<typeof geometryOf>} Geometry
 */

export const PHOTO_WIDTH = 1000;

/** @param {Lesson} lesson */
export function geometryOf(lesson) {
  const unit = PHOTO_WIDTH / lesson.cols;
  const tall = (lesson.view.height / lesson.rows) * (PHOTO_WIDTH / lesson.view.width);
  return { unit, tall, height: tall * lesson.rows };
}

/** @param {Lesson} lesson @param {Geometry} geometry @param {number} patch @returns {Point} */
const corner = (lesson, { unit, tall }, patch) => [
  (patch % lesson.cols) * unit,
  Math.floor(patch / lesson.cols) * tall,
];

/**
 * A token's position: the centre of its patch nearest to its centroid.
 * @param {Lesson} lesson @param {Geometry} geometry @param {number} token @returns {Point}
 */
export function centreOf(lesson, geometry, token) {
  const corners = lesson.members[token].map((patch) => corner(lesson, geometry, patch));
  const mean = [0, 1].map((axis) => corners.reduce((sum, point) => sum + point[axis], 0) / corners.length);
  /** @param {Point} point */
  const far = ([x, y]) => Math.hypot(x - mean[0], y - mean[1]);
  const [x, y] = corners.reduce((best, point) => (far(point) < far(best) ? point : best));
  return [x + geometry.unit / 2, y + geometry.tall / 2];
}

/** @param {Lesson} lesson @param {Geometry} geometry @param {number[]} patches */
export function squaresPath(lesson, geometry, patches) {
  const { unit, tall } = geometry;
  return patches
    .map((patch) => {
      const [x, y] = corner(lesson, geometry, patch);
      return `M${x.toFixed(1)} ${y.toFixed(1)}h${unit.toFixed(1)}v${tall.toFixed(1)}h${(-unit).toFixed(1)}z`;
    })
    .join("");
}

/** @param {number[][]} runs @param {Geometry} geometry */
function runsText(runs, { unit, tall }) {
  return runs
    .map(
      ([x0, y0, x1, y1]) =>
        `M${(x0 * unit).toFixed(1)} ${(y0 * tall).toFixed(1)}L${(x1 * unit).toFixed(1)} ${(y1 * tall).toFixed(1)}`,
    )
    .join("");
}

/**
 * Borders between neighbours with different labels, as one path.
 * @param {Lesson} lesson @param {Geometry} geometry @param {(patch: number) => number} label
 */
export function bordersPath(lesson, geometry, label) {
  return runsText(
    edgeRuns(lesson.rows, lesson.cols, (p, q) => p >= 0 && q >= 0 && label(p) !== label(q)),
    geometry,
  );
}

/** @param {Lesson} lesson @param {Geometry} geometry @param {(patch: number) => boolean} inside */
export function outlinePath(lesson, geometry, inside) {
  /** @param {number} patch */
  const within = (patch) => patch >= 0 && inside(patch);
  return runsText(
    edgeRuns(lesson.rows, lesson.cols, (p, q) => within(p) !== within(q)),
    geometry,
  );
}

/** @param {Lesson} lesson @param {Record<string, string>} attributes */
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

/** @param {Point} from @param {Point} to @param {number} head */
export function arrowBetween([x0, y0], [x1, y1], head) {
  const angle = Math.atan2(y1 - y0, x1 - x0);
  const size = Math.min(head, 0.5 * Math.hypot(x1 - x0, y1 - y0));
  /** @param {number} turn */
  const wing = (turn) =>
    `${(x1 - size * Math.cos(angle + turn)).toFixed(1)} ${(y1 - size * Math.sin(angle + turn)).toFixed(1)}`;
  return `M${x0.toFixed(1)} ${y0.toFixed(1)}L${x1.toFixed(1)} ${y1.toFixed(1)}M${wing(0.5)}L${x1.toFixed(1)} ${y1.toFixed(1)}L${wing(-0.5)}`;
}
