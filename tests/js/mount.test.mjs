import assert from "node:assert/strict";
import { test } from "node:test";
import { cleanUp } from "../../explorer/viewer/mount.js";

function component() {
  const [root, gone] = [{}, []];
  return { call: () => cleanUp(root, (each) => gone.push(each)), root, gone };
}

test("the last call's clean-up takes the component away", () => {
  const { call, root, gone } = component();
  call();
  call()();
  assert.deepEqual(gone, [root]);
});

test("a call that was overtaken leaves alone what the next one has drawn", () => {
  const { call, gone } = component();
  const overtaken = call();
  call();
  overtaken();
  assert.deepEqual(gone, []);
});

test("components do not take each other away", () => {
  const [one, two] = [component(), component()];
  const first = one.call();
  two.call();
  first();
  assert.deepEqual([one.gone.length, two.gone.length], [1, 0]);
});
