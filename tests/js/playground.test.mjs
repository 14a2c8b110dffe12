import assert from "node:assert/strict";
import { test } from "node:test";
import {
  assign,
  bipartite,
  cosine,
  greedy,
  keptSum,
  kmeans,
  optimal,
  splitPoints,
} from "../../explorer/web/playground/match.js";
import { stepOf } from "../../explorer/web/playground/said.js";
import {
  bundledPoints,
  decodePoints,
  encodePoints,
  METHODS,
  MOST,
  MOST_ROUNDS,
  matchPoints,
  mergePoints,
  rateCap,
  tokensAt,
} from "../../explorer/web/playground/state.js";

const at = (degrees, reach = 50) => ({
  x: reach * Math.cos((degrees * Math.PI) / 180),
  y: reach * Math.sin((degrees * Math.PI) / 180),
});
const tokensOf = (points) => tokensAt(points, "alternating", 0, 0);

test("cosine sees direction only, and the middle is like nothing", () => {
  assert.ok(Math.abs(cosine(at(10, 20), at(10, 90)) - 1) < 1e-12);
  assert.ok(Math.abs(cosine(at(0), at(180)) + 1) < 1e-12);
  assert.equal(cosine({ x: 0, y: 0 }, at(5)), 0);
});

test("points survive the link, and anything else is refused", () => {
  const points = bundledPoints(9, 4);
  assert.deepEqual(decodePoints(encodePoints(points)), points);
  for (const text of [
    null,
    "",
    "1.2",
    "1.2.3",
    "a.b.c.d.e.f.g.h.i.j.k.l",
    "101.0.0.0.0.0.0.0.0.0.0.0",
    "0.".repeat(99),
  ]) {
    assert.equal(decodePoints(text), null);
  }
});

test("every split has each position once, A never smaller", () => {
  for (const partition of ["alternating", "sequential", "random"]) {
    for (let count = 6; count <= 24; count++) {
      const { a, b } = splitPoints(count, partition);
      assert.deepEqual(
        [...a, ...b].sort((x, y) => x - y),
        Array.from({ length: count }, (_, i) => i),
      );
      assert.ok(a.length - b.length === count % 2);
    }
  }
});

test("assign finds the cheapest of all assignments", () => {
  const cost = [
    [4, 1, 3, 9],
    [2, 0, 5, 8],
    [3, 2, 2, 7],
  ];
  let least = Infinity;
  for (let i = 0; i < 4; i++)
    for (let j = 0; j < 4; j++)
      for (let k = 0; k < 4; k++) {
        if (new Set([i, j, k]).size === 3) least = Math.min(least, cost[0][i] + cost[1][j] + cost[2][k]);
      }
  assert.equal(
    assign(cost).column.reduce((sum, column, row) => sum + cost[row][column], 0),
    least,
  );
});

test("on one split many-to-one keeps at least as much as one-to-one", () => {
  for (let seed = 1; seed < 40; seed++) {
    const tokens = tokensOf(bundledPoints(6 + (seed % 19), seed));
    const sets = splitPoints(tokens.length, "alternating");
    for (let r = 0; r <= rateCap(tokens); r++) {
      assert.ok(keptSum(bipartite(tokens, sets, r).edges) >= keptSum(optimal(tokens, sets, r).edges) - 1e-9);
    }
  }
});

test("bipartite takes one step whatever r is, greedy one for each merge", () => {
  const tokens = tokensOf(bundledPoints(12, 1));
  assert.deepEqual(
    [1, 3, 5].map((r) => bipartite(tokens, splitPoints(12, "alternating"), r).steps),
    [1, 1, 1],
  );
  assert.deepEqual(
    [1, 3, 5].map((r) => greedy(tokens, r).steps),
    [1, 3, 5],
  );
});

test("every method removes r tokens and keeps every point, layer after layer, down to one", () => {
  const points = bundledPoints(11, 5);
  for (const [method] of METHODS) {
    let tokens = tokensOf(points);
    for (let layer = 0; layer < 8; layer++) {
      const match = matchPoints(tokens, method, 3);
      const next = mergePoints(tokens, match);
      assert.equal(match.r, Math.min(3, Math.floor(tokens.length / 2)));
      assert.equal(next.length, tokens.length - match.r);
      assert.deepEqual(
        next.flatMap((token) => token.members).sort((x, y) => x - y),
        points.map((_, i) => i),
      );
      tokens = next;
    }
    assert.equal(tokens.length, 1);
    const mean = points.reduce((sum, point) => sum + point.x, 0) / points.length;
    assert.ok(Math.abs(tokens[0].x - mean) < 1e-9, "the last token is the mean of all points, by size");
  }
});

test("the link keeps every round that the playground offers, down to one token", () => {
  for (const [method] of METHODS) {
    assert.equal(tokensAt(bundledPoints(MOST, 3), method, 1, MOST_ROUNDS).length, 1, method);
  }
});

test("k-means leaves no cluster empty, even where all points are one", () => {
  const tokens = tokensOf(Array.from({ length: 8 }, () => ({ x: 30, y: 10 })));
  const { edges, label } = kmeans(tokens, [0, 1, 2, 3, 4]);
  assert.equal(edges.length, 3);
  assert.equal(new Set(label).size, 5);
});

test("the steps that a card counts are those that the sentence below the cards tells of", () => {
  const tokens = tokensOf(bundledPoints(12, 3));
  const steps = Object.fromEntries(METHODS.map(([method]) => [method, matchPoints(tokens, method, 4).steps]));
  for (const method of ["alternating", "sequential", "random"]) {
    assert.equal(steps[method], 1);
    assert.match(stepOf(method), /^The one step .* at once/);
  }
  assert.equal(steps.greedy, 4);
  assert.match(stepOf("greedy"), /r pairs take r steps/);
  assert.equal(steps.kmeans, 9);
  assert.match(stepOf("kmeans"), /5 rounds of both are 9 steps/);
  assert.match(stepOf("optimal"), /^A step of optimal/);
});
