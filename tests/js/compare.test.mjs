import assert from "node:assert/strict";
import { test } from "node:test";
import { meanColour, SIZE_STOPS } from "../../explorer/web/viewer/colour.js";
import {
  decodeHeat,
  differencePixels,
  differenceSeen,
  differenceShade,
  differences,
  GONE,
  heatAt,
  heatPixels,
} from "../../explorer/web/viewer/compare.js";
import { decodeStory } from "../../explorer/web/viewer/story.js";
import { SMALL, storyOf } from "./fixture.mjs";

const base64 = (...bytes) => Buffer.from(bytes).toString("base64");
const HEAT = decodeHeat([null, { low: -0.5, high: 0.5, values: base64(0, 127, 254, 254, 0, GONE) }], 6);

test("a byte of heat is a similarity between the lowest and the highest of its layer", () => {
  assert.deepEqual(
    [0, 1, 2].map((patch) => heatAt(HEAT[1], patch)),
    [-0.5, 0, 0.5],
  );
});

test("a patch that is gone has no similarity and no colour", () => {
  assert.equal(heatAt(HEAT[1], 5), null);
  assert.equal(heatPixels(HEAT[1], 6)[4 * 5 + 3], 0);
});

test("heat runs from the first colour of the ramp to the last", () => {
  const pixels = heatPixels(HEAT[1], 6);
  assert.deepEqual([...pixels.slice(0, 3)], SIZE_STOPS[0]);
  assert.deepEqual([...pixels.slice(8, 11)], SIZE_STOPS.at(-1));
});

test("a layer that compared nothing leaves the photo as it is", () => {
  assert.equal(HEAT[0], null);
  assert.ok(heatPixels(HEAT[0], 6).every((value) => value === 0));
});

test("heat for another number of patches is refused", () => {
  assert.throws(() => decodeHeat([{ low: 0, high: 1, values: base64(1, 2) }], 6), /values must hold 6 bytes, got 2/);
});

const other = (labels) => decodeStory(storyOf([2, 3], [{ labels }])).layers[0];

test("groups that are the same set do not differ, whatever their numbers", () => {
  const layer = other([0, 0, 1, 2, 2, 3]);
  assert.deepEqual([...differences(layer, other([3, 3, 2, 1, 1, 0]))], [0, 0, 0, 0, 0, 0]);
  assert.ok(differencePixels(layer, layer).every((value) => value === 0));
});

test("a patch differs by the share of patches that its two groups do not have in common", () => {
  // {0, 1, 2} against {0, 1} and {2}: two of three are shared, then one of three.
  const shares = differences(other([0, 0, 0, 1, 2, 3]), other([0, 0, 1, 2, 3, 4]));
  assert.deepEqual(
    [...shares].map((share) => share.toFixed(3)),
    ["0.333", "0.333", "0.667", "0.000", "0.000", "0.000"],
  );
});

test("groups that overlap differ by what is in one of them alone", () => {
  // Patch 1 is in {0, 1} here and in {1, 2} there: one of three is shared.
  assert.equal(differences(other([0, 0, 1, 2, 3, 4]), other([0, 1, 1, 2, 3, 4]))[1].toFixed(3), "0.667");
});

test("a patch that only one of the two dropped differs in full, one that both dropped not at all", () => {
  const dropped = decodeStory(SMALL).layers[2];
  assert.equal(differences(dropped, dropped)[5], 0);
  assert.equal(differences(dropped, other([0, 0, 1, 0, 2, 3]))[5], 1);
});

test("the fewer patches two groups share, the stronger the colour", () => {
  const pixels = differencePixels(other([0, 0, 0, 1, 2, 3]), other([0, 0, 1, 2, 3, 4]));
  assert.ok(pixels[4 * 2 + 3] > pixels[3] && pixels[3] > 0);
  assert.equal(pixels[4 * 3 + 3], 0);
});

test("the scale of differences has the colours that are seen on a photo of its mean colour", () => {
  const ground = meanColour(Uint8Array.from([0, 10, 200, 100, 30, 200]));
  assert.deepEqual(ground, [50, 20, 200]);
  const [r, g, b, opacity] = differenceShade(1);
  const seen = [r, g, b].map((value, i) => Math.round(ground[i] + opacity * (value - ground[i])));
  assert.deepEqual(differenceSeen(1, ground), seen);
  assert.ok(Math.abs(differenceSeen(0.2, ground)[0] - 50) < Math.abs(seen[0] - 50), "weaker towards the photo");
});

test("a difference is painted in its shade", () => {
  const [layer, other] = [SMALL, SMALL].map((raw) => decodeStory(raw).layers);
  const shares = differences(layer[1], other[0]);
  const pixels = differencePixels(layer[1], other[0]);
  const patch = shares.findIndex((share) => share > 0);
  const [r, g, b, opacity] = differenceShade(shares[patch]);
  assert.deepEqual([...pixels.slice(4 * patch, 4 * patch + 4)], [r, g, b, Math.round(255 * opacity)]);
});
