// One layer's matching (see explorer/lesson/teaching.py), decoded once, and queries on it.

import { tr } from "../page/language.js";

export const PREFIX = 0;
export const SET_A = 1;
export const SET_B = 2;
const STEPS_OF_ONE = 10000;

function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/** @returns {number[][]} the patches of each token */
function membersPerToken(labels, tokens) {
  const members = Array.from({ length: tokens }, () => /** @type {number[]} */ ([]));
  labels.forEach((token, patch) => members[token].push(patch));
  return members;
}

export function decodeLesson(record) {
  if (record.version !== 1) throw new RangeError(`version must be 1, got ${record.version}`);
  const [rows, cols] = record.grid;
  const set = new Uint8Array(record.tokens).fill(PREFIX);
  const place = new Uint16Array(record.tokens);
  record.a.forEach((token, i) => {
    set[token] = SET_A;
    place[token] = i;
  });
  record.b.forEach((token, i) => {
    set[token] = SET_B;
    place[token] = i;
  });
  const labels = new Uint16Array(bytesOf(record.labels).buffer);
  const similarity = new Int16Array(bytesOf(record.similarity).buffer);
  const lesson = {
    ...record,
    rows,
    cols,
    labels,
    set,
    place,
    similarity,
    sizes: new Uint16Array(bytesOf(record.sizes).buffer),
    values: new Float32Array(bytesOf(record.values).buffer),
    keys: new Int8Array(bytesOf(record.keys).buffer),
    proportional: new Float32Array(bytesOf(record.proportional).buffer),
    unweighted: new Float32Array(bytesOf(record.unweighted).buffer),
    unmerged: new Float32Array(bytesOf(record.unmerged).buffer),
    members: membersPerToken(labels, record.tokens),
  };
  lesson.channels = lesson.values.length / record.tokens;
  lesson.edges = record.b.length ? record.order.map((row, rank) => edgeOf(lesson, row, rank)) : [];
  lesson.edgeFrom = new Map(lesson.edges.map((edge) => [edge.source, edge]));
  return lesson;
}

function edgeOf(lesson, row, rank) {
  const column = lesson.choice[row];
  const source = lesson.a[row];
  const destination = lesson.b[column];
  return { source, destination, rank, similarity: similarityOf(lesson, source, destination) };
}

/** Cosine of two tokens of different sets, to four decimals. */
export function similarityOf(lesson, one, other) {
  const [a, b] = lesson.set[one] === SET_A ? [one, other] : [other, one];
  return lesson.similarity[lesson.place[a] * lesson.b.length + lesson.place[b]] / STEPS_OF_ONE;
}

/** All tokens of the other set with their similarity to `token`, most similar first; none for a prefix token. */
export function rowOf(lesson, token) {
  if (lesson.set[token] === PREFIX) return [];
  const others = lesson.set[token] === SET_A ? lesson.b : lesson.a;
  const first = lesson.edgeFrom.get(token)?.destination;
  // Four decimals may tie where full precision did not: put the chosen token first.
  return others
    .map((other) => ({ token: other, similarity: similarityOf(lesson, token, other) }))
    .sort((x, y) => y.similarity - x.similarity || Number(y.token === first) - Number(x.token === first));
}

/** Tokens of A with `token` as their best partner. */
export function choosersOf(lesson, token) {
  return lesson.edges.filter((edge) => edge.destination === token).map((edge) => edge.source);
}

/** Destination → its sources, for the r most similar edges, in order of the best edge. */
export function groupsAt(lesson, r) {
  const groups = new Map();
  for (const { source, destination } of lesson.edges.slice(0, r)) {
    groups.set(destination, [...(groups.get(destination) ?? []), source]);
  }
  return groups;
}

/** Input tokens of every output token, in the next layer's order: prefix, the rest of A, then B. */
export function orderAfter(lesson, r) {
  const groups = groupsAt(lesson, r);
  const gone = new Set([...groups.values()].flat());
  return [
    ...lesson.prefix.map((_, token) => [token]),
    ...lesson.a.filter((token) => !gone.has(token)).map((token) => [token]),
    ...lesson.b.map((token) => [token, ...(groups.get(token) ?? [])]),
  ];
}

/** The set of position `place`: A for even positions, none for the prefix. */
export function setAt(lesson, place) {
  if (place < lesson.prefix.length) return PREFIX;
  return place % 2 === 0 ? SET_A : SET_B;
}

/** Size-weighted mean of tokens: total size, weights, and mean of the shown channels. */
export function averageOf(lesson, tokens) {
  const size = tokens.reduce((sum, token) => sum + lesson.sizes[token], 0);
  const weights = tokens.map((token) => lesson.sizes[token] / size);
  const mean = Array.from({ length: lesson.channels }, (_, channel) =>
    tokens.reduce((sum, token, i) => sum + weights[i] * channelOf(lesson, token, channel), 0),
  );
  return { size, weights, mean };
}

export function channelOf(lesson, token, channel) {
  return lesson.values[token * lesson.channels + channel];
}

/**
 * Effect of the new order: the number of patch tokens that change sets, and of the next layer's A–B pairs that were
 * within one set in this layer and thus not compared.
 */
export function mixing(lesson, r) {
  const after = orderAfter(lesson, r);
  const pairs = { all: 0, fresh: 0 };
  const counts = { [SET_A]: { [SET_A]: 0, [SET_B]: 0 }, [SET_B]: { [SET_A]: 0, [SET_B]: 0 } };
  after.forEach(([token], place) => {
    if (lesson.set[token] !== PREFIX) counts[lesson.set[token]][setAt(lesson, place)]++;
  });
  const nextA = counts[SET_A][SET_A] + counts[SET_B][SET_A];
  const nextB = counts[SET_A][SET_B] + counts[SET_B][SET_B];
  pairs.all = nextA * nextB;
  pairs.fresh = counts[SET_A][SET_A] * counts[SET_A][SET_B] + counts[SET_B][SET_A] * counts[SET_B][SET_B];
  return { tokens: nextA + nextB, moved: counts[SET_A][SET_B] + counts[SET_B][SET_A], ...pairs };
}

/** Whether no layer comes after this one. */
export const isLast = (lesson) => lesson.layer >= lesson.depth;

/** At most `room` edges: those of `token`, then the first by `order`. */
export function legibleEdges(lesson, token, room, order = (edge) => edge.rank) {
  const chosen = lesson.edgeFrom.get(token)?.destination ?? token;
  const around = lesson.edges.filter((edge) => edge.source === token || edge.destination === chosen);
  const rest = lesson.edges.filter((edge) => !around.includes(edge)).sort((x, y) => order(x) - order(y));
  const own = around.sort((x, y) => Number(y.source === token) - Number(x.source === token) || x.rank - y.rank);
  return [...own, ...rest].slice(0, room).sort((x, y) => x.rank - y.rank);
}

/** The `room` tokens of each set nearest to `token` in the list: a part of the split that does not reveal edges. */
export function nearestTokens({ a, b }, token, room) {
  const nearest = (tokens) =>
    [...tokens]
      .sort((x, y) => Math.abs(x - token) - Math.abs(y - token))
      .slice(0, room)
      .sort((x, y) => x - y);
  return { a: nearest(a), b: nearest(b) };
}

/** Share of attention to tokens of several patches, under each of the three ways to count. */
export function attentionShares(lesson) {
  const shares = { tokens: 0, patches: 0, proportional: 0, unweighted: 0, unmerged: 0 };
  lesson.sizes.forEach((size, token) => {
    if (size < 2) return;
    shares.tokens++;
    shares.patches += size;
    for (const way of ["proportional", "unweighted", "unmerged"]) shares[way] += lesson[way][token];
  });
  return shares;
}

/** The active token by default: the source of the strongest edge. */
export function exampleOf(lesson) {
  return lesson.edges[0]?.source ?? lesson.prefix.length;
}

const PREFIXES = { "class token": tr("class token"), "distillation token": tr("distillation token") };

function prefixName(name) {
  const [, number] = /^register (\d+)$/.exec(name) ?? [];
  return number ? tr("register {number}", { number }) : (PREFIXES[name] ?? name);
}

export function nameOf(lesson, token) {
  if (token < lesson.prefix.length) return prefixName(lesson.prefix[token]);
  return `${lesson.set[token] === SET_A ? "A" : "B"} ${token}`;
}

/** A token's name and position, which reveal no answer. */
export function placeName(lesson, token) {
  const [patch] = lesson.members[token];
  const at = { row: Math.floor(patch / lesson.cols) + 1, column: (patch % lesson.cols) + 1 };
  const [name, count] = [nameOf(lesson, token), lesson.members[token].length];
  return count === 1
    ? tr("{name}, one patch in row {row}, column {column}", { name, ...at })
    : tr("{name}, {count} patches, one of them in row {row}, column {column}", { name, count, ...at });
}

export function clampRate(lesson, r) {
  return Math.min(Math.max(Math.round(Number(r) || 0), 0), lesson.cap);
}
