import assert from "node:assert/strict";
import { test } from "node:test";
import {
  centroids,
  clampLayer,
  decodeLabels,
  decodeStory,
  fileName,
  layerLabel,
  membersOf,
  middles,
  patchAt,
  pointOf,
} from "../../explorer/web/viewer/story.js";
import { randomStory, SMALL, storyOf } from "./fixture.mjs";

const base64 = (...bytes) => Buffer.from(bytes).toString("base64");

test("labels are little-endian 16-bit numbers", () => {
  assert.deepEqual([...decodeLabels(base64(0x2c, 0x01, 0xff, 0xff), 2, 301)], [300, 65535]);
});

test("a label without a token is refused", () => {
  assert.throws(() => decodeLabels(base64(3, 0), 1, 3), /labels must be below the 3 tokens.*got 3/);
});

test("labels for another number of patches are refused", () => {
  assert.throws(() => decodeLabels(base64(0, 0), 2, 3), /labels must hold 4 bytes, got 2/);
});

test("a story of another version is refused", () => {
  assert.throws(() => decodeStory({ ...SMALL, version: 1 }), /version must be 2, got 1/);
});

test("sizes sum to the patches in every layer", () => {
  const story = decodeStory(randomStory());
  for (const layer of story.layers) {
    assert.equal(layer.sizes.length, layer.tokens - 1);
    assert.equal(
      layer.sizes.reduce((a, b) => a + b),
      16 * 22,
    );
  }
});

test("dropped patches belong to no token", () => {
  assert.deepEqual([...decodeStory(SMALL).layers[2].sizes], [1, 3, 1]);
});

test("every patch follows its token into the next layer", () => {
  const { layers } = decodeStory(randomStory());
  for (let index = 1; index < layers.length; index++) {
    layers[index].labels.forEach((token, patch) => {
      assert.equal(layers[index].next[layers[index - 1].labels[patch]], token);
    });
  }
});

test("a region is born in the layer in which it last grew", () => {
  const { layers } = decodeStory(SMALL);
  assert.deepEqual(
    layers.map((layer) => [...layer.born]),
    [
      [0, 0, 0, 0, 0, 0],
      [0, 0, 0, 1, 0],
      [0, 2, 0],
    ],
  );
});

test("the members of a token are its patches in reading order", () => {
  assert.deepEqual(membersOf(decodeStory(SMALL).layers[2], 1), [0, 1, 3]);
});

test("the centroid of a region is the mean of its patch centres", () => {
  const { x, y } = centroids(decodeStory(SMALL).layers[2], 3);
  assert.ok(Math.abs(x[1] - (0.5 + 1.5 + 0.5) / 3) < 1e-12);
  assert.ok(Math.abs(y[1] - (0.5 + 0.5 + 1.5) / 3) < 1e-12);
});

test("the middle of a region in two parts is one of its patches", () => {
  const layer = { labels: Uint16Array.from([0, 1, 0, 0]), sizes: [3, 1] };
  const { x, y } = middles(layer, 4);
  assert.deepEqual([x[0], y[0], x[1], y[1]], [2.5, 0.5, 1.5, 0.5]);
});

test("the cursor stays within the layers of a panel", () => {
  assert.deepEqual(
    [-3, 0, 4, 99, "5", undefined, NaN].map((layer) => clampLayer(layer, 12)),
    [0, 0, 4, 12, 5, 0, 0],
  );
});

test("the label says the layer and the tokens that remain, prefix included", () => {
  const story = decodeStory(SMALL);
  assert.equal(layerLabel(story, 0), "Layer 0 of 2: 7 of 7 tokens remain");
  assert.equal(layerLabel(story, 2), "Layer 2 of 2: 4 of 7 tokens remain");
  assert.equal(layerLabel(story, 9), "Layer 2 of 2: 4 of 7 tokens remain");
});

test("a patch's point leads back to it, and to the same place on another grid", () => {
  const fine = decodeStory(storyOf([4, 6], [{ labels: Array.from({ length: 24 }, (_, i) => i) }]));
  const coarse = decodeStory(SMALL);
  for (let patch = 0; patch < 24; patch++) assert.equal(patchAt(fine, pointOf(fine, patch)), patch);
  assert.equal(patchAt(coarse, pointOf(fine, 23)), 5);
  assert.equal(patchAt(coarse, pointOf(fine, 6)), 0);
});

test("a file name is safe whatever the story is called", () => {
  assert.equal(fileName("dog.webp", 6), "dog-layer-6-picture.png");
  const names = ["../../etc/passwd", "", "…", "<img src=x>", "a".repeat(300), ".hidden", "é ü", "x\n.png"];
  for (const name of names) {
    assert.match(fileName(name, 12), /^[A-Za-z0-9_-][A-Za-z0-9._-]{0,63}$/);
    assert.match(fileName(name, 12), /[^.]-layer-12-picture\.png$/);
  }
});

test("of a run that is on its way the label counts all layers there will be", () => {
  const story = decodeStory({ ...SMALL, depth: 12 });
  assert.equal(story.last, 2);
  assert.match(layerLabel(story, 9), /^Layer 2 of 12: /);
  assert.match(layerLabel(decodeStory(SMALL), 2), /^Layer 2 of 2: /);
});
