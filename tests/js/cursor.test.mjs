// When the host is told of the cursor.

import assert from "node:assert/strict";
import test from "node:test";
import { Cursor } from "../../explorer/web/viewer/cursor.js";

function moved(context) {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const told = [];
  const cursor = new Cursor({});
  cursor.host = { commit: (name, value) => told.push([name, value]) };
  return { cursor, told, tick: (ms) => context.mock.timers.tick(ms) };
}

test("keys that follow one another tell the host once, when they rest", (context) => {
  const { cursor, told, tick } = moved(context);
  for (const layer of [1, 2, 3]) {
    cursor.commitAtRest("layer", layer);
    tick(100);
  }
  assert.deepEqual(told, []);
  tick(300);
  assert.deepEqual(told, [["layer", 3]]);
});

test("a focus that goes elsewhere tells the host at once, and only once", (context) => {
  const { cursor, told, tick } = moved(context);
  cursor.commitAtRest("frame", 2);
  cursor.settle();
  tick(1000);
  assert.deepEqual(told, [["frame", 2]]);
});

test("what is told meanwhile is not overtaken by what was on its way", (context) => {
  const { cursor, told, tick } = moved(context);
  cursor.commitAtRest("layer", 2);
  cursor.commit("layer", 7);
  tick(1000);
  assert.deepEqual(told, [["layer", 7]]);
});

test("a viewer that goes tells nothing any more", (context) => {
  const { cursor, told, tick } = moved(context);
  cursor.commitAtRest("layer", 2);
  cursor.stop();
  tick(1000);
  assert.deepEqual(told, []);
});
