import assert from "node:assert/strict";
import { test } from "node:test";
import {
  fillPixels,
  HUES,
  meanColours,
  neighboursOf,
  regionHues,
  SIZE_STOPS,
  sizeColour,
  TEXT_HUES,
} from "../../explorer/web/viewer/colour.js";
import { decodeStory } from "../../explorer/web/viewer/story.js";
import { randomStory, SMALL, storyOf } from "./fixture.mjs";

const STORIES = [1, 2, 3].map((seed) => decodeStory(randomStory({ seed })));

test("a region keeps the hue of its largest member while it grows", () => {
  for (const story of STORIES) {
    const hues = regionHues(story);
    for (let index = 1; index <= story.last; index++) {
      const before = story.layers[index - 1];
      story.layers[index].sizes.forEach((_, token) => {
        const pieces = [...before.sizes.keys()].filter((piece) => story.layers[index].next[piece] === token);
        const most = Math.max(...pieces.map((piece) => before.sizes[piece]));
        const largest = pieces.filter((piece) => before.sizes[piece] === most);
        assert.ok(largest.some((piece) => hues[index - 1][piece] === hues[index][token]));
      });
    }
  }
});

test("regions that touch differ in hue, in every layer", () => {
  for (const story of STORIES) {
    regionHues(story).forEach((hues, index) => {
      neighboursOf(story.layers[index], story.rows, story.cols).forEach((neighbours, token) => {
        for (const other of neighbours.keys()) assert.notEqual(hues[token], hues[other], `layer ${index}`);
      });
    });
  }
});

test("every hue is dealt, and nothing but a hue", () => {
  for (const hues of regionHues(STORIES[0])) for (const hue of hues) assert.ok(hue >= 0 && hue < HUES.length);
  assert.equal(new Set(regionHues(STORIES[0])[6]).size, HUES.length);
});

/** A text whose words each merge with the one `apart` words later, in one layer. */
function pairsOf(pairs, apart, cols = 8) {
  const rows = Math.ceil((2 * pairs) / cols);
  const labels = Array.from({ length: rows * cols }, (_, word) => (word < 2 * pairs ? word : 65535));
  const merged = labels.map((word) => (word < 2 * pairs ? word % apart : word));
  return decodeStory(storyOf([rows, cols], [{ labels }, { labels: merged }], { text: { words: labels.map(String) } }));
}

test("regions of a text differ in hue wherever they are, as long as there are hues for all", () => {
  const pairs = TEXT_HUES.length;
  const [before, hues] = regionHues(pairsOf(pairs, pairs));
  assert.equal(new Set(hues).size, pairs);
  assert.equal(before.filter((hue) => hue >= 0).length, pairs); // a word of each pair has the hue that the pair will have
});

test("with more regions than hues, those of a text that touch differ, and each hue is shared by few", () => {
  const pairs = 2 * TEXT_HUES.length;
  const story = pairsOf(pairs, pairs);
  const hues = regionHues(story)[1];
  neighboursOf(story.layers[1], story.rows, story.cols).forEach((neighbours, token) => {
    for (const other of neighbours.keys()) assert.notEqual(hues[token], hues[other]);
  });
  for (let hue = 0; hue < TEXT_HUES.length; hue++) assert.ok(hues.filter((each) => each === hue).length <= 3);
});

test("orange and vermilion, the closest hues, meet less often than blue and orange, far apart", () => {
  let [close, far] = [0, 0];
  for (const story of STORIES) {
    regionHues(story).forEach((hues, index) => {
      neighboursOf(story.layers[index], story.rows, story.cols).forEach((neighbours, token) => {
        for (const [other, edges] of neighbours) {
          if (hues[token] === 0 && hues[other] === 5) close += edges;
          if (hues[token] === 0 && hues[other] === 4) far += edges;
        }
      });
    });
  }
  assert.ok(close < far, `${close} edges between close hues, ${far} between far ones`);
});

test("touching regions know the length of their border, and dropped patches touch nothing", () => {
  const [top, corner, middle] = neighboursOf(decodeStory(SMALL).layers[2], 2, 3);
  assert.deepEqual([...top], [[1, 1]]);
  assert.deepEqual([...corner].sort(), [
    [0, 1],
    [2, 2],
  ]);
  assert.deepEqual([...middle], [[1, 2]]);
});

test("the mean colour of a region is the mean of its patches", () => {
  const story = decodeStory(SMALL);
  const means = meanColours(story, story.layers[2]);
  const red = [0, 1, 3].map((patch) => story.colours[3 * patch]);
  assert.ok(Math.abs(means[3] - (red[0] + red[1] + red[2]) / 3) <= 0.5);
});

test("the scale of sizes runs from its first to its last colour and only gets lighter", () => {
  const light = ([r, g, b]) => 0.2126 * r + 0.7152 * g + 0.0722 * b;
  assert.deepEqual(sizeColour(1, 50), SIZE_STOPS[0]);
  assert.deepEqual(sizeColour(50, 50), SIZE_STOPS.at(-1));
  assert.deepEqual(sizeColour(1, 1), SIZE_STOPS[0]);
  for (let size = 2; size <= 50; size++) assert.ok(light(sizeColour(size, 50)) > light(sizeColour(size - 1, 50)));
});

test("the photo shows where a patch is alone, through a fill, and where a patch was dropped", () => {
  const story = decodeStory(SMALL);
  const alpha = (fill) =>
    [0, 2, 5].map(
      (patch) => fillPixels(story, story.layers[2], fill, regionHues(story)[2], story.largest)[4 * patch + 3],
    );
  const [through, none] = [209, 0];
  assert.deepEqual(alpha("mean"), [255, 0, none]);
  assert.deepEqual(alpha("patches"), [255, 255, none]);
  assert.deepEqual(alpha("region"), [through, none, none]);
  assert.deepEqual(alpha("size"), [through, through, none]);
  assert.deepEqual(alpha("photo"), [none, none, none]);
});
