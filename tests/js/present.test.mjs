// A clicker's keys while something is presented.

import assert from "node:assert/strict";
import test from "node:test";
import { Walk } from "../../explorer/web/lesson/walk.js";
import { Cursor } from "../../explorer/web/viewer/cursor.js";
import { Present, TURNED } from "../../explorer/web/viewer/present.js";

/** A node that keeps its attributes. */
function node() {
  const attributes = new Set();
  return Object.assign(new EventTarget(), {
    setAttribute: (name) => attributes.add(name),
    removeAttribute: (name) => attributes.delete(name),
    hasAttribute: (name) => attributes.has(name),
    toggleAttribute: (name, on) => (on ? attributes.add(name) : attributes.delete(name)),
    append() {},
    replaceChildren() {},
    focus() {},
    requestFullscreen: async () => {},
    getRootNode: () => ({ activeElement: null }),
  });
}

async function presented() {
  globalThis.document = Object.assign(node(), {
    createElement: node,
    createElementNS: node,
    documentElement: node(),
    fullscreenElement: null,
  });
  globalThis.requestAnimationFrame = (call) => call();
  const did = [];
  const present = new Present({
    step: (by) => did.push(by),
    keep: () => () => did.push("restored"),
    play: () => did.push("play"),
  });
  present.of(node());
  await present.begin();
  const press = (key, target = document) => {
    const event = new Event("keydown", { cancelable: true });
    document.dispatchEvent(Object.assign(event, { key, composedPath: () => [target] }));
    return event.defaultPrevented;
  };
  return { present, did, press };
}

test("a clicker's keys turn and end a presentation when the focus is on nothing", async () => {
  const { present, did, press } = await presented();
  for (const key of ["PageDown", "PageUp", "ArrowRight", "Escape", "PageDown"]) press(key);
  assert.deepEqual(did, [1, -1, 1, "restored"]);
  assert.equal(present.on, false);
});

test("Space plays what is presented, unless the focus is on what it presses, and ends with the presentation", async () => {
  const { did, press } = await presented();
  const button = { matches: (selector) => selector.startsWith("button") };
  assert.deepEqual([press(" "), press(" ", button)], [true, false]);
  assert.deepEqual(did, ["play"]);
  press("Escape");
  assert.equal(press(" "), false);
});

test("what is shown does not see a clicker's keys, and is told of each turn", async () => {
  const { did, press } = await presented();
  let [seen, turned] = [0, 0];
  document.addEventListener("keydown", () => seen++);
  document.addEventListener(TURNED, () => turned++);
  press("PageDown");
  press("x");
  assert.deepEqual([did, turned], [[1], 1]);
  assert.equal(seen, 2, "the document itself is the last");
  press("Escape");
});

test("forward from a question first marks its answer, then shows the step, then goes on", () => {
  const did = [];
  const asking = {
    open: {},
    marked: false,
    reveal() {
      const news = !this.marked;
      this.marked = true;
      if (news) did.push("marked");
      return news;
    },
    answer() {
      this.open = null;
      did.push("shown");
    },
  };
  const view = {
    asking,
    state: { step: 2 },
    bar: { follow() {} },
    show() {},
    commit: (name, value) => did.push(`${name} ${value}`),
  };
  const walk = new Walk(view);
  for (let press = 0; press < 3; press++) walk.on(1);
  assert.deepEqual(did, ["marked", "shown", "step 4"]);
  asking.open = {};
  walk.on(-1);
  assert.equal(did.at(-1), "step 3", "back never answers");
});

/** A viewer whose Present begins in `state`, turns to layer 5 with a patch pinned, and ends. */
function ended({ opens, layer, committed, turned = null }) {
  const told = [];
  const rates = [];
  const viewer = {
    play: { opens, stop() {} },
    last: 12,
    state: { layer, frame: 0, pinned: null, fill: "mean", arrows: false },
    change: (part) => Object.assign(viewer.state, part),
    asked: { rate: { r: 16, decreasing: false }, turn: (rate) => rates.push(rate), endTurn: () => rates.push("end") },
  };
  const cursor = new Cursor(viewer);
  cursor.host = { commit: (name, value) => told.push([name, value]) };
  Object.assign(cursor.committed, { pinned: null, ...committed });
  const restore = cursor.keep();
  viewer.change({ layer: 5, pinned: { x: 0, y: 0 } });
  cursor.commit("layer", 5);
  cursor.commit("pinned", 40);
  if (turned) viewer.asked.rate = turned;
  told.length = 0;
  restore();
  return { told: Object.fromEntries(told), state: viewer.state, rates };
}

test("the end of a presentation brings back its r, and asks for nothing where r stayed", () => {
  const at = { opens: false, layer: 3, committed: { layer: 3 } };
  const began = { r: 16, decreasing: false };
  assert.deepEqual(ended({ ...at, turned: { r: 4, decreasing: false } }).rates, [began, "end"]);
  assert.deepEqual(ended({ ...at, turned: { r: 16, decreasing: true } }).rates, [began, "end"]);
  assert.deepEqual(ended(at).rates, []);
});

test("the end of a presentation clears from the link a patch that it had pinned", () => {
  const { told, state } = ended({ opens: false, layer: 3, committed: { layer: 3 } });
  assert.deepEqual(told, { layer: 3, pinned: null });
  assert.deepEqual([state.layer, state.pinned], [3, null]);
});

test("the layer of the opening play is nobody's choice", () => {
  const { told, state } = ended({ opens: true, layer: 11, committed: { layer: null } });
  assert.equal(told.layer, null);
  assert.equal(state.layer, 12);
});
