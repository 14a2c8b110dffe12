// Queries on one layer's matching.

import { PREFIX, SET_A, SET_B, STEPS_OF_ONE } from "./decode.js";
import { groupsOf } from "./groups.js";

/** @import { Edge, Lesson } from "./decode.js" */

/**
 * Cosine of two tokens of different sets, to four decimals.
 * @param {Lesson} lesson @param {number} one @param {number} other
 */
export function similarityOf(lesson, one, other) {
  const [a, b] = lesson.set[one] === SET_A ? [one, other] : [other, one];
  return lesson.similarity[lesson.place[a] * lesson.b.length + lesson.place[b]] / STEPS_OF_ONE;
}

/**
 * All tokens of the other set with their similarity to `token`, most similar first; none for a prefix token.
 * @param {Lesson} lesson @param {number} token
 */
export function rowOf(lesson, token) {
  if (lesson.set[token] === PREFIX) return [];
  const others = lesson.set[token] === SET_A ? lesson.b : lesson.a;
  const first = lesson.edgeFrom.get(token)?.destination;
  // Four decimals may tie where full precision did not: put the chosen token first.
  return others
    .map((other) => ({ token: other, similarity: similarityOf(lesson, token, other) }))
    .sort((x, y) => y.similarity - x.similarity || Number(y.token === first) - Number(x.token === first));
}

/**
 * The edges of the A tokens with `token` as their best partner.
 * @param {Lesson} lesson @param {number} token
 */
export function edgesTo(lesson, token) {
  return lesson.edges.filter((edge) => edge.destination === token);
}

/**
 * Destination → its sources, for the r most similar edges, in order of the best edge.
 * @param {Lesson} lesson @param {number} r
 */
export function groupsAt(lesson, r) {
  return groupsOf(lesson.edges.slice(0, r));
}

/**
 * Input tokens of every output token, in the next layer's order: prefix, the rest of A, then B.
 * @param {Lesson} lesson @param {number} r
 */
export function orderAfter(lesson, r) {
  const groups = groupsAt(lesson, r);
  const gone = new Set([...groups.values()].flat());
  return [
    ...lesson.prefix.map((_, token) => [token]),
    ...lesson.a.filter((token) => !gone.has(token)).map((token) => [token]),
    ...lesson.b.map((token) => [token, ...(groups.get(token) ?? [])]),
  ];
}

/**
 * The set of position `place`: A for even positions, none for the prefix.
 * @param {Lesson} lesson @param {number} place
 */
export function setAt(lesson, place) {
  if (place < lesson.prefix.length) return PREFIX;
  return place % 2 === 0 ? SET_A : SET_B;
}

/**
 * Size-weighted mean of tokens: total size, weights, and mean of the shown channels.
 * @param {Lesson} lesson @param {number[]} tokens
 */
export function averageOf(lesson, tokens) {
  const size = tokens.reduce((sum, token) => sum + lesson.sizes[token], 0);
  const weights = tokens.map((token) => lesson.sizes[token] / size);
  const mean = Array.from({ length: lesson.channels }, (_, channel) =>
    tokens.reduce((sum, token, i) => sum + weights[i] * channelOf(lesson, token, channel), 0),
  );
  return { size, weights, mean };
}

/** @param {Lesson} lesson @param {number} token @param {number} channel */
export function channelOf(lesson, token, channel) {
  return lesson.values[token * lesson.channels + channel];
}

/**
 * Effect of the new order: the number of patch tokens that change sets, and of the next layer's A–B pairs that were
 * within one set in this layer and thus not compared.
 * @param {Lesson} lesson @param {number} r
 */
export function mixing(lesson, r) {
  const counts = Array.from({ length: 3 }, () => [0, 0, 0]); // of tokens, by set in this layer and in the next
  orderAfter(lesson, r).forEach(([token], place) => counts[lesson.set[token]][setAt(lesson, place)]++);
  const [, [, aToA, aToB], [, bToA, bToB]] = counts;
  return {
    tokens: aToA + aToB + bToA + bToB,
    moved: aToB + bToA,
    all: (aToA + bToA) * (aToB + bToB),
    fresh: aToA * aToB + bToA * bToB,
  };
}

/**
 * Whether no layer comes after this one.
 * @param {Lesson} lesson
 */
export const isLast = (lesson) => lesson.layer >= lesson.depth;

/**
 * At most `room` edges: those of `token`, then the first by `order`.
 * @param {Lesson} lesson @param {number} token @param {number} room @param {(edge: Edge) => number} order
 */
export function legibleEdges(lesson, token, room, order = (edge) => edge.rank) {
  const chosen = lesson.edgeFrom.get(token)?.destination ?? token;
  const around = lesson.edges.filter((edge) => edge.source === token || edge.destination === chosen);
  const rest = lesson.edges.filter((edge) => !around.includes(edge)).sort((x, y) => order(x) - order(y));
  const own = around.sort((x, y) => Number(y.source === token) - Number(x.source === token) || x.rank - y.rank);
  return [...own, ...rest].slice(0, room).sort((x, y) => x.rank - y.rank);
}

/**
 * The `room` tokens of each set nearest to `token` in the list: a part of the split that does not reveal edges.
 * @param {Lesson} lesson @param {number} token @param {number} room
 */
export function nearestTokens({ a, b }, token, room) {
  /** @param {number[]} tokens */
  const nearest = (tokens) =>
    [...tokens]
      .sort((x, y) => Math.abs(x - token) - Math.abs(y - token))
      .slice(0, room)
      .sort((x, y) => x - y);
  return { a: nearest(a), b: nearest(b) };
}

const WAYS = /** @type {const} */ (["proportional", "unweighted", "unmerged"]);

/**
 * Share of attention to tokens of several patches, under each of the three ways to count.
 * @param {Lesson} lesson
 */
export function attentionShares(lesson) {
  const shares = { tokens: 0, patches: 0, proportional: 0, unweighted: 0, unmerged: 0 };
  lesson.sizes.forEach((size, token) => {
    if (size < 2) return;
    shares.tokens++;
    shares.patches += size;
    for (const way of WAYS) shares[way] += lesson[way][token];
  });
  return shares;
}

/**
 * The active token by default: the source of the strongest edge.
 * @param {Lesson} lesson
 */
export function exampleOf(lesson) {
  return lesson.edges[0]?.source ?? lesson.prefix.length;
}

/** @param {Lesson} lesson @param {number} r */
export function clampRate(lesson, r) {
  return Math.min(Math.max(Math.round(Number(r) || 0), 0), lesson.cap);
}
