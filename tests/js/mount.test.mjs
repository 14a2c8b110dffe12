import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { mount } from "../../explorer/web/viewer/mount.js";

function component() {
  const root = { isConnected: true };
  const [drawn, gone] = [[], []];
  const call = (name) =>
    mount(
      root,
      () => drawn.push(name),
      (each) => gone.push(each),
    );
  return { call, root, drawn, gone };
}

test("the last call's clean-up takes the component away", async () => {
  const { call, root, drawn, gone } = component();
  call("one");
  const last = call("two");
  await later();
  last();
  assert.deepEqual([drawn, gone], [["one", "two"], [root]]);
});

test("a call that was overtaken leaves alone what the next one has drawn", () => {
  const { call, drawn, gone } = component();
  const overtaken = call("one");
  call("two");
  overtaken();
  assert.deepEqual([drawn, gone], [["one", "two"], []]);
});

test("a call that was overtaken and comes after gives back what the next one has drawn", async () => {
  const { call, root, drawn, gone } = component();
  const last = call("two");
  call("one")();
  assert.deepEqual([drawn, gone], [["two", "one", "two"], []]);
  await later();
  last();
  assert.deepEqual(gone, [root]);
});

test("a call that was overtaken waits for the next one, whose script is still on its way", () => {
  const { call, drawn, gone } = component();
  call("one")();
  call("two");
  assert.deepEqual([drawn, gone], [["one", "two"], []]);
});

test("an element that goes at once is let go at once", () => {
  const { call, root, gone } = component();
  const only = call("one");
  root.isConnected = false;
  only();
  assert.deepEqual(gone, [root]);
});

test("what is drawn again after a while counts like the first time", async () => {
  const { call, drawn, gone } = component();
  call("one");
  await later();
  const overtaken = call("two");
  call("three");
  overtaken();
  assert.deepEqual([drawn, gone], [["one", "two", "three"], []]);
});

test("the script of another language takes away what the first one has drawn", async () => {
  const { mount: mountChinese } = await import("../../explorer/web/viewer/mount.js?zh");
  const { call, root, drawn, gone } = component();
  const first = call("one");
  await later();
  const last = mountChinese(
    root,
    () => drawn.push("二"),
    () => gone.push("二"),
  );
  assert.deepEqual([drawn, gone], [["one", "二"], [root]]);
  first();
  assert.deepEqual(gone, [root]);
  await later();
  last();
  assert.deepEqual(gone, [root, "二"]);
});

test("components do not take each other away", async () => {
  const [one, two] = [component(), component()];
  const first = one.call("one");
  two.call("two");
  await later();
  first();
  assert.deepEqual([one.gone.length, two.gone.length], [1, 0]);
});
