// The playground's points, methods and layers, and their encoding in a link.

import { groupsOf } from "../lesson/groups.js";
import { tr } from "../page/language.js";
import {
  bipartite,
  bipartiteEdges,
  greedy,
  kmeans,
  meanOf,
  optimal,
  seededRandom,
  shuffled,
  splitPoints,
} from "./match.js";

/**
 * @import { Edge, Point, Sets, Token } from "./match.js"
 * @typedef {ReturnType<typeof matchPoints>} Match
 */

export const FEWEST = 6;
export const MOST = 24;
export const REACH = 100;
export const MOST_ROUNDS = MOST - 1; // each takes at least one token away

export const METHODS = [
  ["alternating", tr("Bipartite, alternating")],
  ["sequential", tr("Bipartite, sequential")],
  ["random", tr("Bipartite, random")],
  ["greedy", tr("Greedy")],
  ["optimal", tr("Optimal one-to-one")],
  ["kmeans", tr("k-means, 5 rounds")],
];

/**
 * Points as "x.y.x.y…", whole numbers from −100 to 100.
 * @param {Point[]} points
 */
export function encodePoints(points) {
  return points.map(({ x, y }) => `${Math.round(x)}.${Math.round(y)}`).join(".");
}

/**
 * The points of a link, or null for malformed text.
 * @param {string | null} text
 */
export function decodePoints(text) {
  const numbers = String(text ?? "")
    .split(".")
    .map((part) => (/^-?\d{1,3}$/.test(part) ? Number(part) : NaN));
  const count = numbers.length / 2;
  if (!Number.isInteger(count) || count < FEWEST || count > MOST || numbers.some((n) => !(Math.abs(n) <= REACH)))
    return null;
  return Array.from({ length: count }, (_, i) => ({ x: numbers[2 * i], y: numbers[2 * i + 1] }));
}

/**
 * Points in bundles of similar directions, in random order.
 * @param {number} count @param {number} seed
 */
export function bundledPoints(count, seed, bundles = 3) {
  const random = seededRandom(seed);
  const turn = random() * 2 * Math.PI;
  return Array.from({ length: count }, (_, i) => {
    const angle = turn + (2 * Math.PI * Math.floor((i * bundles) / count)) / bundles + (random() - 0.5) * 1.3;
    const reach = 50 + 45 * random();
    return { x: Math.round(reach * Math.cos(angle)), y: Math.round(reach * Math.sin(angle)) };
  });
}

/** @param {Token[]} tokens */
export function rateCap(tokens) {
  return Math.floor(tokens.length / 2);
}

/**
 * The result of `method` on the tokens of one layer; greedy and k-means have no sets. `all`: with the edges beyond r, if
 * the method finds them.
 * @param {Token[]} tokens @param {string} method @param {number} asked
 */
export function matchPoints(tokens, method, asked) {
  const r = Math.min(asked, rateCap(tokens));
  if (method === "greedy") return { ...greedy(tokens, r), sets: null, r, all: [] };
  if (method === "kmeans") {
    const start = shuffled(tokens.length, 2)
      .slice(0, tokens.length - r)
      .sort((a, b) => a - b);
    return { ...kmeans(tokens, start), sets: null, r, all: [] };
  }
  const sets = splitPoints(tokens.length, method === "optimal" ? "alternating" : method);
  if (method === "optimal") return { ...optimal(tokens, sets, r), sets, r, all: [] };
  return { ...bipartite(tokens, sets, r), sets, r, all: bipartiteEdges(tokens, sets) };
}

/**
 * Tokens after the merge: with sets, the rest of A, then B; without, the remaining ones in order.
 * @param {Token[]} tokens @param {{edges: Edge[], sets: Sets | null}} match
 */
export function mergePoints(tokens, { edges, sets }) {
  const joined = groupsOf(edges);
  const gone = new Set(edges.map((edge) => edge.source));
  const order = sets ? [...sets.a, ...sets.b] : [...tokens.keys()];
  return order
    .filter((i) => !gone.has(i))
    .map((i) => {
      const group = [i, ...(joined.get(i) ?? [])].map((k) => tokens[k]);
      return { ...meanOf(group), members: group.flatMap((token) => token.members) };
    });
}

/**
 * The input tokens of layer `layer` (from 0) of the playground.
 * @param {Point[]} points @param {string} method @param {number} r @param {number} layer
 */
export function tokensAt(points, method, r, layer) {
  /** @type {Token[]} */
  let tokens = points.map((point, i) => ({ ...point, size: 1, members: [i] }));
  for (let i = 0; i < layer; i++) tokens = mergePoints(tokens, matchPoints(tokens, method, r));
  return tokens;
}
