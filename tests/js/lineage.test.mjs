import assert from "node:assert/strict";
import { test } from "node:test";
import { birthSimilarities, describeRegion, familyOf, mergeTree } from "../../explorer/web/viewer/lineage.js";
import { decodeStory, describeSimilarity, membersOf } from "../../explorer/web/viewer/story.js";
import { randomStory, SMALL } from "./fixture.mjs";

test("the family tree of a patch names the layers in which others joined it, with the similarity", () => {
  const { steps, dropped } = familyOf(decodeStory(SMALL), 3);
  assert.equal(dropped, null);
  assert.deepEqual(steps, [{ layer: 2, own: [3], pieces: [{ patches: [0, 1], similarity: 0.5 }], size: 3 }]);
});

test("a piece that took the patch in has the similarity of that merge", () => {
  const [first] = familyOf(decodeStory(SMALL), 0).steps;
  assert.deepEqual(first, { layer: 1, own: [0], pieces: [{ patches: [1], similarity: 0.9 }], size: 2 });
});

test("the family tree of a pruned patch ends where it was dropped", () => {
  assert.deepEqual(familyOf(decodeStory(SMALL), 5), { steps: [], dropped: 2 });
});

test("own patches and pieces add up to the region, step by step", () => {
  const story = decodeStory(randomStory());
  for (const patch of [0, 17, 100, 351]) {
    const { steps } = familyOf(story, patch);
    let size = 1;
    for (const step of steps) {
      assert.equal(step.own.length, size);
      size += step.pieces.reduce((sum, piece) => sum + piece.patches.length, 0);
      assert.equal(step.size, size);
    }
    const last = story.layers.at(-1);
    assert.equal(size, last.sizes[last.labels[patch]]);
  }
});

test("the leaves of a merge tree are the patches of its region, once each", () => {
  const story = decodeStory(randomStory());
  const last = story.layers.at(-1);
  const leaves = (node) => (node.pieces.length ? node.pieces.flatMap(leaves) : [node.patch]);
  const largest = last.sizes.indexOf(Math.max(...last.sizes));
  assert.deepEqual(
    leaves(mergeTree(story, story.last, largest)).sort((a, b) => a - b),
    membersOf(last, largest),
  );
});

test("a node of a merge tree is born after its pieces", () => {
  const story = decodeStory(randomStory());
  const check = (node) =>
    node.pieces.forEach((piece) => {
      assert.ok(piece.born < node.born);
      check(piece);
    });
  story.layers.at(-1).sizes.forEach((_, token) => check(mergeTree(story, story.last, token)));
});

test("a region keeps the similarity of its last merge in later layers", () => {
  const quiet = { ...SMALL.layers[2], source: [], destination: [] };
  const story = decodeStory({ ...SMALL, layers: [...SMALL.layers, quiet] });
  assert.deepEqual(birthSimilarities(story, 1, 3), [0.9]);
  assert.deepEqual(birthSimilarities(story, 2, 1), [0.5]);
  assert.deepEqual(birthSimilarities(story, 3, 1), [0.5]);
  assert.equal(birthSimilarities(story, 2, 0), null);
});

test("details count rows and columns from one", () => {
  const story = decodeStory(SMALL);
  assert.deepEqual(describeRegion(story, 2, 3), [
    "one token of 3 patches",
    "last merge in layer 2, similarity 0.50",
    "row 2, column 1",
  ]);
  assert.deepEqual(describeRegion(story, 0, 3), ["1 patch", "a token of its own", "row 2, column 1"]);
  assert.deepEqual(describeRegion(story, 2, 5), ["Dropped patch", "pruned in layer 2", "row 2, column 3"]);
});

test("several similarities are told as a range", () => {
  assert.equal(describeSimilarity([0.81, 0.936, 0.9]), "similarity 0.81 to 0.94");
  assert.equal(describeSimilarity([0.9987, 0.9961]), "similarity 0.9961 to 0.9987", "not 1.00 to 1.00");
  assert.equal(describeSimilarity([0.9, 0.9]), "similarity 0.90");
});
