// Playing over layers while records come.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Play } from "../../explorer/web/viewer/play.js";

globalThis.matchMedia = () => ({ matches: false });

function viewer(last = 4) {
  const seen = { state: { layer: 0, playing: false }, last, committed: [], clip: { stop() {} } };
  seen.change = (part) => Object.assign(seen.state, part);
  seen.commitLayer = () => seen.committed.push(seen.state.layer);
  seen.play = new Play(seen);
  return seen;
}

test("playing goes on over the records of another r, from the layer where it was", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const seen = viewer();
  seen.play.toggle();
  t.mock.timers.tick(700);
  assert.equal(seen.state.layer, 1);
  seen.play.interrupt();
  assert.equal(seen.state.playing, false);
  seen.play.resume();
  assert.equal(seen.state.playing, true);
  for (let layer = 2; layer <= 4; layer++) t.mock.timers.tick(700);
  assert.deepEqual([seen.state.layer, seen.state.playing, seen.committed], [4, false, [4]]);
});

test("what a reader has stopped stays so when records come", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const seen = viewer();
  seen.play.toggle();
  seen.play.interrupt();
  seen.play.stop();
  seen.play.resume();
  assert.equal(seen.state.playing, false);
});

test("records that come where nothing plays start nothing", () => {
  const seen = viewer();
  seen.play.open(2, null);
  seen.play.interrupt();
  seen.play.resume();
  assert.equal(seen.state.playing, false);
});

test("a view that is opened over the opening play of another stays at its own layer", (t) => {
  t.mock.timers.enable({ apis: ["setTimeout"] });
  const seen = viewer();
  seen.play.open(null, null);
  seen.play.resume();
  t.mock.timers.tick(260);
  assert.equal(seen.state.playing, true);
  seen.play.interrupt();
  seen.change({ layer: seen.play.open(3, null) });
  seen.play.resume();
  t.mock.timers.tick(5000);
  assert.deepEqual([seen.state.layer, seen.state.playing, seen.committed], [3, false, []]);
});
