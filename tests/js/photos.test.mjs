import assert from "node:assert/strict";
import { test } from "node:test";
import { putPhoto, withPhoto } from "../../explorer/viewer/photos.js";

test("a photo is there at once or as soon as it comes", () => {
  const seen = [];
  withPhoto("photo:a", (address) => seen.push(["early", address]));
  assert.deepEqual(seen, []);
  putPhoto("photo:a", "data:a");
  withPhoto("photo:a", (address) => seen.push(["late", address]));
  assert.deepEqual(seen, [["early", "data:a"], ["late", "data:a"]]);
});

test("an address stands for itself", () => {
  withPhoto("data:b", (address) => assert.equal(address, "data:b"));
});

test("of many photos the oldest is forgotten", () => {
  for (let i = 0; i <= 8; i++) putPhoto(`photo:${i}`, `data:${i}`);
  const seen = [];
  for (const i of [0, 1, 8]) withPhoto(`photo:${i}`, (address) => seen.push(address));
  assert.deepEqual(seen, ["data:1", "data:8"]);
});
