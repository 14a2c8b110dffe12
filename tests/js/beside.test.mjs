import assert from "node:assert/strict";
import { test } from "node:test";
import { Beside } from "../../explorer/web/viewer/beside.js";
import { closestOf, GONE } from "../../explorer/web/viewer/compare.js";
import { Picture } from "../../explorer/web/viewer/picture.js";

const STORIES = [
  { rows: 2, cols: 3 },
  { rows: 3, cols: 2 },
];
const QUERIES = ["r=4&beside=owl", "sample=owl&r=4&beside=dog"];

/** A server that answers at once with what names its address. */
function serve() {
  const asked = [];
  globalThis.fetch = async (address) => {
    asked.push(address);
    const patch = Number(new URLSearchParams(address.split("?")[1]).get("patch"));
    return { ok: true, json: async () => ({ patch, layers: ["own"], beside: ["other"] }) };
  };
  return asked;
}

function beside() {
  const viewer = { state: { pinned: null }, stories: STORIES, data: {}, settled: 0, transport: { say() {} } };
  viewer.settle = () => {
    viewer.settled += 1;
  };
  const photos = new Beside(viewer);
  photos.follow(QUERIES);
  return { photos, viewer };
}

test("the mouse on one of two photos leaves the description to the patch that is outlined on the other", () => {
  const hover = { x: 0.1, y: 0.1, on: 0 };
  const seen = (place, outlined) =>
    Picture.prototype.hovered.call({ place, pinnedPatch: () => outlined }, { hover, pinned: null });
  assert.equal(seen(1, 4), null);
  assert.equal(seen(1, null), hover);
  assert.equal(seen(0, 4), hover);
  assert.equal(seen(null, 4), hover, "two runs of one photo share places");
});

const turn = () => new Promise((done) => setTimeout(done, 5));

test("a pinned patch asks for the similarities of its own photo to the other", async () => {
  const [asked, { photos, viewer }] = [serve(), beside()];
  viewer.state.pinned = { x: 0.9, y: 0.9, on: 0 };
  photos.pinned();
  await turn();
  assert.deepEqual(asked, ["api/v1/similarity?r=4&beside=owl&patch=5"]);
  assert.deepEqual(photos.heat, { patch: 5, on: 0, panels: [["own"], ["other"]] });
  assert.equal(viewer.settled, 1);
});

test("one of the second photo is asked for the other way round", async () => {
  const [asked, { photos, viewer }] = [serve(), beside()];
  viewer.state.pinned = { x: 0.9, y: 0.4, on: 1 };
  photos.pinned();
  await turn();
  assert.deepEqual(asked, ["api/v1/similarity?sample=owl&r=4&beside=dog&patch=3"]);
  assert.deepEqual(photos.heat.panels, [["other"], ["own"]]);
});

test("other photos forget what was asked, and nothing pinned asks nothing", async () => {
  const [asked, { photos, viewer }] = [serve(), beside()];
  photos.pinned();
  viewer.state.pinned = { x: 0, y: 0, on: 0 };
  photos.pinned();
  await turn();
  photos.follow(["r=5&beside=owl", "sample=owl&r=5&beside=dog"]);
  assert.equal(photos.heat, null);
  photos.pinned();
  await turn();
  assert.deepEqual(asked, ["api/v1/similarity?r=4&beside=owl&patch=0", "api/v1/similarity?r=5&beside=owl&patch=0"]);
  photos.follow(null);
  photos.pinned();
  await turn();
  assert.equal(asked.length, 2);
});

test("the closest patch is the first of the highest that is still there", () => {
  assert.equal(closestOf({ values: Uint8Array.of(GONE, 0, 200, 200) }), 2);
  assert.equal(closestOf({ values: Uint8Array.of(GONE, 0, 0) }), 1);
  assert.equal(closestOf({ values: Uint8Array.of(GONE) }), null);
});
