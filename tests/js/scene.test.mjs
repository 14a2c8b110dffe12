import assert from "node:assert/strict";
import { test } from "node:test";
import { borderRuns, edgeRuns } from "../../explorer/web/viewer/scene.js";
import { decodeStory } from "../../explorer/web/viewer/story.js";
import { SMALL } from "./fixture.mjs";

test("the outline of one patch is its four sides, at the rim of the grid too", () => {
  for (const [patch, x, y] of [
    [0, 0, 0],
    [4, 1, 1],
    [5, 2, 1],
  ]) {
    const inside = (k) => k === patch;
    const runs = edgeRuns(2, 3, (a, b) => inside(a) !== inside(b));
    assert.deepEqual(
      runs.sort(),
      [
        [x, y, x + 1, y],
        [x, y, x, y + 1],
        [x + 1, y, x + 1, y + 1],
        [x, y + 1, x + 1, y + 1],
      ].sort(),
    );
  }
});

test("edges in a line are one run", () => {
  const halves = (a, b) => a >= 0 && b >= 0 && a < 3 !== b < 3;
  assert.deepEqual(edgeRuns(2, 3, halves), [[0, 1, 3, 1]]);
});

test("borders are fine between single patches and strong around what merged or was dropped", () => {
  const story = decodeStory(SMALL);
  const first = borderRuns(story, story.layers[0]);
  assert.deepEqual(first.strong, []);
  assert.equal(first.fine.length, 3);
  const { fine, strong } = borderRuns(story, story.layers[2]);
  assert.deepEqual(fine, []);
  assert.deepEqual(
    strong.sort(),
    [
      [1, 1, 1, 2],
      [1, 1, 3, 1],
      [2, 0, 2, 2],
    ].sort(),
  );
});
