// The seconds below a spectrogram.

import assert from "node:assert/strict";
import test from "node:test";
import { endOf, heardOf, marksOf } from "../../explorer/web/viewer/seconds.js";

test("marks are at round seconds, and closer in a wider picture", () => {
  assert.deepEqual(marksOf(30), [0, 5, 10, 15, 20, 25, 30]);
  assert.deepEqual(marksOf(30, 4), [0, 2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24, 26, 28, 30]);
  assert.deepEqual(marksOf(10.24), [0, 2, 4, 6, 8, 10]);
});

test("a sound ends where its own seconds do, within the 30 that are heard", () => {
  assert.equal(endOf({ sound: { seconds: 11, step: 0.02 }, cols: 1500 }), 11 / 30);
  assert.equal(endOf({ sound: { seconds: 40, step: 0.02 }, cols: 1500 }), 1);
  assert.equal(endOf({ heard: { seconds: 2.56, width: 10.24 }, cols: 64 }), 0.25);
});

test("a number that the note of the silence would cover is left out, the last one never", () => {
  assert.deepEqual(heardOf(marksOf(30), 30, 11 / 30), [0, 5, 30]);
  assert.deepEqual(heardOf(marksOf(30), 30, 1), marksOf(30));
});
