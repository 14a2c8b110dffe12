import assert from "node:assert/strict";
import { test } from "node:test";
import { WHY, WHY_OF_STEP } from "../../explorer/web/lesson/answers.js";
import { leftOut } from "../../explorer/web/lesson/columns.js";
import { decodeLesson } from "../../explorer/web/lesson/decode.js";
import { fillOf } from "../../explorer/web/lesson/fill.js";
import { changesWith } from "../../explorer/web/lesson/link.js";
import {
  attentionShares,
  averageOf,
  clampRate,
  edgesTo,
  exampleOf,
  groupsAt,
  legibleEdges,
  mixing,
  nearestTokens,
  orderAfter,
  rowOf,
  setAt,
} from "../../explorer/web/lesson/match.js";
import { mixingWords } from "../../explorer/web/lesson/order_panel.js";
import { questionOf, refusalOf } from "../../explorer/web/lesson/questions.js";
import { describeToken, STEPS, sentenceOf } from "../../explorer/web/lesson/steps.js";
import { addressWith as write } from "../../explorer/web/page/address.js";
import { ALONE, RECORD } from "./lesson_fixture.mjs";

const addressWith = (address, name, value) => write(address, changesWith(name, value));
const lesson = decodeLesson(RECORD);

test("every A token has one edge, to its most similar B token, and edges are sorted", () => {
  assert.deepEqual(
    lesson.edges.map(({ source, destination, similarity }) => [source, destination, similarity]),
    [
      [6, 1, 0.95],
      [2, 3, 0.9],
      [4, 3, 0.8],
      [8, 7, 0.4],
    ],
  );
});

test("a larger r keeps all that a smaller one kept", () => {
  for (let r = 0; r < lesson.edges.length; r++) {
    const [less, more] = [r, r + 1].map((rate) =>
      [...groupsAt(lesson, rate)].flatMap(([b, sources]) => sources.map((a) => `${a} ${b}`)),
    );
    assert.ok(less.every((edge) => more.includes(edge)));
    assert.equal(more.length, r + 1);
  }
});

test("two A tokens that choose one B token become one token with it", () => {
  assert.deepEqual(
    edgesTo(lesson, 3).map(({ source }) => source),
    [2, 4],
  );
  assert.deepEqual(orderAfter(lesson, 3), [[0], [8], [1, 6], [3, 2, 4], [5], [7]]);
});

test("the order is prefix, the rest of A, then B, and nothing is lost", () => {
  for (let r = 0; r <= lesson.cap; r++) {
    const order = orderAfter(lesson, r);
    assert.deepEqual(order[0], [0]);
    assert.equal(order.length, lesson.tokens - r);
    assert.deepEqual(
      order.flat().sort((x, y) => x - y),
      [0, 1, 2, 3, 4, 5, 6, 7, 8],
    );
  }
});

test("the prefix is in neither set and has no row", () => {
  assert.deepEqual(rowOf(lesson, 0), []);
  assert.equal(setAt(lesson, 0), 0);
  assert.match(describeToken(lesson, 0, 2).join(), /protected/);
  assert.ok(lesson.edges.every(({ source, destination }) => source && destination));
});

test("positions fall into the sets that the record gives them", () => {
  assert.deepEqual(
    RECORD.a.map((token) => setAt(lesson, token)),
    [1, 1, 1, 1],
  );
  assert.deepEqual(
    RECORD.b.map((token) => setAt(lesson, token)),
    [2, 2, 2, 2],
  );
});

test("a row is the whole other set, most similar first", () => {
  assert.deepEqual(
    rowOf(lesson, 8).map(({ token }) => token),
    [7, 3, 5, 1],
  );
  assert.deepEqual(
    rowOf(lesson, 1).map(({ token }) => token),
    [6, 4, 2, 8],
  );
});

test("the mean is weighted by size", () => {
  const { size, weights, mean } = averageOf(lesson, [3, 2]);
  assert.equal(size, 4);
  assert.deepEqual(weights, [0.75, 0.25]);
  assert.deepEqual(mean, [0.75 * 6 + 0.25 * 4, 0.75 * 7 + 0.25 * 5]);
});

test("mixing counts the pairs that could not meet before", () => {
  // Order at r = 2: class, 4, 8, then 1, 3, 5, 7. Positions 1 to 6 are B A B A B A: 4 leaves A; 1, 5 … as counted here.
  const order = orderAfter(lesson, 2).map(([token]) => token);
  assert.deepEqual(order, [0, 4, 8, 1, 3, 5, 7]);
  const sets = order.slice(1).map((token, i) => [lesson.set[token], setAt(lesson, i + 1)]);
  const moved = sets.filter(([now, next]) => now !== next).length;
  let fresh = 0;
  for (const [now, next] of sets)
    for (const [other, then] of sets) if (next === 1 && then === 2 && now === other) fresh++;
  assert.deepEqual(mixing(lesson, 2), { tokens: 6, moved, all: 9, fresh });
});

test("a legible part holds the token's own edge and those that share its partner, in order", () => {
  assert.deepEqual(
    legibleEdges(lesson, 4, 2).map((edge) => edge.source),
    [2, 4],
  );
  assert.deepEqual(
    legibleEdges(lesson, 8, 2).map((edge) => edge.source),
    [6, 8],
  );
  assert.equal(legibleEdges(lesson, 8, 99).length, 4);
});

test("a part of the edges says how many of a B token's own it leaves out", () => {
  const [shared] = [...groupsAt(lesson, 4)].find(([, sources]) => sources.length === 2);
  const own = lesson.edges.filter((edge) => edge.destination === shared);
  assert.equal(leftOut(lesson, own.slice(0, 1), shared), "1 of 2 edges");
  assert.deepEqual([leftOut(lesson, own, shared), leftOut(lesson, [], shared)], ["", ""]);
});

test("before the sort a part is chosen by place in the list, not by strength", () => {
  assert.deepEqual(
    legibleEdges(lesson, 8, 2, ({ source }) => -source).map((edge) => edge.source),
    [6, 8],
  );
  assert.deepEqual(
    legibleEdges(lesson, 8, 2, ({ source }) => source).map((edge) => edge.source),
    [2, 8],
  );
  assert.deepEqual(nearestTokens(lesson, 2, 2), { a: [2, 4], b: [1, 3] });
});

test("attention is added up over the tokens of several patches", () => {
  const { tokens, patches, proportional, unweighted, unmerged } = attentionShares(lesson);
  assert.deepEqual([tokens, patches], [1, 3]);
  assert.deepEqual(
    [proportional, unweighted, unmerged].map((share) => share.toFixed(2)),
    ["0.30", "0.10", "0.35"],
  );
});

test("r stays between nothing and half", () => {
  assert.deepEqual(
    [-3, 2, 99, "x"].map((r) => clampRate(lesson, r)),
    [0, 2, 4, 0],
  );
});

test("a token's partner and place are told only to who may know them", () => {
  const told = (partners, ranks) => describeToken(lesson, 4, 2, { partners, ranks }).join();
  assert.doesNotMatch(told(false, false), /similar|edge/);
  assert.match(told(true, false), /most similar: B 3/);
  assert.doesNotMatch(told(true, false), /edge/);
  assert.match(told(true, true), /edge 3 of 4, beyond r: does not merge/);
  assert.match(describeToken(lesson, 2, 2).join(), /edge 2 of 4, among the r best: merges/);
  assert.doesNotMatch(describeToken(lesson, 3, 2, { partners: false, ranks: false }).join(), /chosen/);
  assert.match(describeToken(lesson, 3, 2).join(), /chosen by 2 A tokens,1 of them among the r best/);
  assert.doesNotMatch(describeToken(lesson, 3, 3).join(), /of them/, "all of them are");
  assert.doesNotMatch(describeToken(lesson, 3, 2, { partners: true, ranks: false }).join(), /of them/);
});

test("a wrong guess is answered with both names", () => {
  const { options, answer } = questionOf(lesson, 2, 4, 3);
  assert.equal(answer, 3);
  assert.match(options.find((option) => option.token === 7).note, /You chose B 7 .*A 4 chooses B 3/);
});

test("a protected token that is pressed as an answer is not said to be in A", () => {
  assert.match(refusalOf(lesson, 4), /in A too/);
  assert.match(refusalOf(lesson, 0), /in neither set/);
});

test("three steps ask first, each with one right answer", () => {
  const asked = STEPS.map((_, step) => questionOf(lesson, step, 4, 3));
  assert.deepEqual(asked.map(Boolean), [false, false, true, true, true, false]);
  for (const question of asked.filter(Boolean)) {
    assert.equal(question.options.filter((option) => option.right).length, 1);
    assert.ok(question.options.every((option) => option.note));
  }
  assert.equal(asked[2].options.find((option) => option.right).token, 3);
});

test("the pair that the lesson opens with is not among those that are asked about", () => {
  const { options } = questionOf(lesson, 3, exampleOf(lesson), 3);
  assert.ok(options.every(({ edge }) => edge.source !== exampleOf(lesson)));
  const best = Math.min(...options.map(({ edge }) => edge.rank));
  assert.deepEqual(
    options.filter(({ right }) => right).map(({ edge }) => edge.rank),
    [best],
  );
  assert.match(options.find(({ right }) => !right).note, /place \d of 4; A \d+ → B \d+ has/);
});

test("the question about a shared partner counts the pairs that merge, not all that chose it", () => {
  const { text } = questionOf(lesson, 4, 4, 3);
  const [count, r] = text.match(/\d+/g).map(Number);
  const merged = [...groupsAt(lesson, 3).values()].find((sources) => sources.length > 1);
  assert.deepEqual([count, r], [merged.length, 3]);
});

test("no one is asked about shared partners where r leaves none", () => {
  assert.equal(questionOf(lesson, 4, 4, 1), null);
});

test("every step has a sentence for every r, and a layer with one token left too", () => {
  const alone = decodeLesson(ALONE);
  STEPS.forEach((_, step) => {
    for (let r = 0; r <= lesson.cap; r++) assert.doesNotMatch(sentenceOf(lesson, step, r), /undefined|NaN/);
    assert.doesNotMatch(sentenceOf(alone, step, 0), /undefined|NaN/);
    assert.equal(/Nothing is left to merge in this layer: .*1 token,/.test(sentenceOf(alone, step, 0)), step > 0);
    assert.equal(questionOf(alone, step, exampleOf(alone), 0), null);
  });
  assert.deepEqual(orderAfter(alone, 0), [[0], [1]]);
  assert.equal(mixing(alone, 0).all, 0);
});

test("at the last layer no sentence of the last step speaks of a next one", () => {
  const last = decodeLesson({ ...RECORD, layer: RECORD.depth });
  const look = { step: 5, order: orderAfter(last, 2), slot: [] };
  const said = [sentenceOf(last, 5, 2), ...fillOf(last, look).legend, ...mixingWords(true, 4), ...mixingWords(true, 0)];
  assert.doesNotMatch(said.join(), /next/);
  assert.match(said[0], /^The MLP of this layer gets 7 tokens: .*one more would split them anew/);
  assert.match(sentenceOf(lesson, 5, 2), /before the next layer splits them/);
  assert.match(mixingWords(false, 4).join(), /the next layer compares/);
});

test("every figure in an answer to why names its table, and every answer can be reached", () => {
  for (const { rows, table } of Object.values(WHY)) assert.equal(Boolean(rows), Boolean(table));
  assert.deepEqual(new Set(WHY_OF_STEP.flat()), new Set(Object.keys(WHY)));
});

test("the link holds what was chosen, and another layer forgets the r of the one before", () => {
  const chosen = addressWith("http://a/matching?edges=4&step=2", "step", 3);
  assert.equal(chosen, "http://a/matching?edges=4&step=3");
  assert.equal(addressWith(chosen, "layer", 7), "http://a/matching?step=3&layer=7");
  assert.equal(addressWith(chosen, "step", null), "http://a/matching?edges=4");
});
