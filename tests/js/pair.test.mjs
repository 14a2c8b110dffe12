// Two pictures beside each other: their figure, and the pin that a link brings back.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Cursor } from "../../explorer/web/viewer/cursor.js";
import { openAt } from "../../explorer/web/viewer/opening.js";

const STORIES = [
  { rows: 2, cols: 3, patches: 6, last: 12 },
  { rows: 4, cols: 5, patches: 20, last: 6 },
];

/** A viewer of two pictures; `queries` as in Beside. */
function viewerOf(queries, data, state) {
  const viewer = {
    state: { layer: 8, frame: 0, fill: "mean", arrows: false, pinned: null, heated: false, ...state },
    stories: STORIES,
    data,
    asked: { rate: { r: 8, decreasing: false } },
    beside: { queries },
    pictures: { stories: STORIES, last: 12 },
    toolbar: { offered: (fill) => fill },
    play: { stop() {}, open: (layer) => layer },
  };
  viewer.cursor = new Cursor(viewer);
  viewer.cursor.host = { commit() {}, link: () => "http://a/?layer=8" };
  return viewer;
}

const asked = (viewer) =>
  Object.fromEntries(new URL(viewer.cursor.figureAddress("svg", { width: 960 }), "http://a/").searchParams);

test("two models on one photo are one figure, with the pin at its place and no similarity", () => {
  const data = { pair: "r=8&beside_model=deit", similar: null };
  const told = asked(viewerOf(null, data, { pinned: { x: 0.9, y: 0.9, on: 0 } }));
  assert.equal(told.beside_model, "deit");
  assert.deepEqual([told.pinned, told.layer, told.similarity, told.pinned_beside], ["5", "6", undefined, undefined]);
});

test("a pin whose similarity is switched off stays in the figure of two photos", () => {
  const data = { pair: "r=8&beside=owl", similar: ["a", "b"] };
  const told = asked(viewerOf(["a", "b"], data, { pinned: { x: 0.9, y: 0.9, on: 1 } }));
  assert.deepEqual([told.pinned, told.pinned_beside, told.similarity], ["19", "true", undefined]);
});

test("a figure is filled by the difference from the reference that the reader chose", () => {
  const panels = ["a", "b"].map((title) => ({ title, config: {} }));
  const data = { ask: { query: {}, panels }, reference: 1 };
  const told = asked(viewerOf(null, data, { fill: "difference" }));
  assert.deepEqual([told.fill, told.reference], ["difference", "1"]);
  assert.equal(asked(viewerOf(null, data, { fill: "size" })).reference, undefined);
});

test("a link brings back the patch of the second of two photos, and of no other second picture", () => {
  const opened = (queries, told) => {
    const viewer = viewerOf(queries, {}, {});
    openAt(viewer, { layer: 3, fill: "mean", arrows: false, ...told });
    return viewer;
  };
  const there = opened(["a", "b"], { pinned: null, beside_pinned: 19 });
  assert.deepEqual(there.state.pinned, { x: 0.9, y: 0.875, on: 1 });
  assert.deepEqual([there.cursor.committed.pinned, there.cursor.committed.beside_pinned], [null, 19]);
  assert.equal(opened(null, { pinned: null, beside_pinned: 19 }).state.pinned, null);
  assert.equal(opened(["a", "b"], { pinned: null, beside_pinned: 20 }).state.pinned, null);
  const own = opened(["a", "b"], { pinned: 5, beside_pinned: null });
  assert.equal(own.state.pinned.on, undefined);
  assert.equal(own.cursor.committed.pinned, 5);
});
