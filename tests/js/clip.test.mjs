import assert from "node:assert/strict";
import { test } from "node:test";
import { frameOf, framesSaid, framesWith, mostOf, placeOf } from "../../explorer/web/viewer/clip.js";
import { fillPixels, HUES, regionHues } from "../../explorer/web/viewer/colour.js";
import { describeRegion, familyOf, spansFrom } from "../../explorer/web/viewer/lineage.js";
import { decodeStory, middles, patchAt, pointOf } from "../../explorer/web/viewer/story.js";
import { storyOf } from "./fixture.mjs";

// Three frames of 1 × 2 patches. Layer 1: the left patches of frames 1 and 2 join. Layer 2: that of frame 3 joins them.
const CLIP = {
  ...storyOf(
    [3, 2],
    [
      { labels: [0, 1, 2, 3, 4, 5] },
      { labels: [0, 1, 0, 2, 3, 4], merges: [[2, 0, 0.9]] },
      { labels: [0, 1, 0, 2, 0, 65535], merges: [[3, 0, 0.8]] },
    ],
  ),
  grid: [1, 2],
  frames: { times: [0, 0.5, 1], attention: "framewise", spanning: [0, 1, 1] },
};
const decoded = () => decodeStory(CLIP);

test("a clip is a tall photo of all its frames", () => {
  const story = decoded();
  assert.deepEqual([story.rows, story.cols, story.patches, story.frames.length], [3, 2, 6, 3]);
  assert.deepEqual([...story.layers[2].sizes], [3, 1, 1]);
});

test("a frame holds its own labels and the sizes of the whole clip", () => {
  const frame = frameOf(decoded(), 1);
  assert.deepEqual([...frame.layers[2].labels], [0, 2]);
  assert.equal(frame.layers[2].sizes[0], 3);
  assert.deepEqual([frame.rows, frame.patches, frame.offset], [1, 2, 2]);
});

test("a photo is its own frame, whatever the time cursor says", () => {
  const photo = decodeStory(storyOf([1, 2], [{ labels: [0, 1] }]));
  assert.equal(frameOf(photo, 3), photo);
  assert.equal(framesSaid(photo, [0]), "");
});

test("a point of the clip leads to a patch of one frame and back", () => {
  const story = decoded();
  for (let patch = 0; patch < 6; patch++) assert.equal(patchAt(story, pointOf(story, patch)), patch);
  assert.equal(placeOf(story, 3), "frame 2, row 1, column 2");
});

test("a region says in how many frames it is", () => {
  assert.deepEqual(describeRegion(decoded(), 2, 4), [
    "one token of 3 patches in 3 of 3 frames",
    "last merge in layer 2, similarity 0.80",
    "frame 3, row 1, column 1",
  ]);
});

test("the family tree of a patch names the pieces of other frames", () => {
  const story = decoded();
  const { steps } = familyOf(story, 0);
  assert.deepEqual(
    steps.map(({ layer }) => layer),
    [1, 2],
  );
  assert.deepEqual(
    steps.map(({ pieces }) => framesSaid(story, pieces[0].patches)),
    ["frame 2", "frame 3"],
  );
});

test("frames that follow one another are said as one run", () => {
  const story = decodeStory({
    ...storyOf([5, 1], [{ labels: [0, 1, 2, 3, 4] }]),
    grid: [1, 1],
    frames: { times: [0, 1, 2, 3, 4] },
  });
  assert.equal(framesSaid(story, [0, 1, 2, 4]), "frames 1–3, 5");
  assert.equal(framesSaid(story, [3]), "frame 4");
  assert.deepEqual(framesWith(story, [4, 1, 1]), [1, 4]);
});

test("a crop comes from the frame that holds most of the patches", () => {
  const [frame, own] = mostOf(decoded(), [0, 2, 3]);
  assert.deepEqual([frame.frame, own], [1, [0, 1]]);
});

test("a token has one mean colour and one hue in all frames", () => {
  const story = decoded();
  const hues = regionHues(story)[2];
  for (const fill of ["mean", "region"]) {
    const colours = [0, 1, 2].map((t) => [
      ...fillPixels(frameOf(story, t), frameOf(story, t).layers[2], fill, hues, 3).slice(0, 3),
    ]);
    assert.deepEqual(colours[1], colours[0]);
    assert.deepEqual(colours[2], colours[0]);
    if (fill === "mean") {
      const mean = [0, 1, 2].map(
        (channel) => [0, 2, 4].reduce((sum, patch) => sum + story.colours[3 * patch + channel], 0) / 3,
      );
      colours[0].forEach((value, channel) => assert.ok(Math.abs(value - mean[channel]) <= 0.5));
    }
    if (fill === "region") assert.deepEqual(colours[0], HUES[hues[0]]);
  }
});

test("the middle of a token in a frame is that of its patches there, and nowhere if it has none", () => {
  const { x, y } = middles(frameOf(decoded(), 1).layers[2], 2);
  assert.deepEqual([x[0], y[0]], [0.5, 0.5]);
  assert.ok(Number.isNaN(x[1]));
  // Of four patches in a row the first three are one token, in both frames: its middle is the second.
  const wide = decodeStory({
    ...storyOf([2, 4], [{ labels: [0, 0, 0, 1, 0, 0, 0, 2] }]),
    grid: [1, 4],
    frames: { times: [0, 1] },
  });
  assert.equal(middles(frameOf(wide, 1).layers[0], 4).x[0], 1.5);
});

test("the layer after which a token first lies in several frames is told, and that one never does", () => {
  const story = decoded();
  assert.deepEqual(
    [0, 2, 4, 1, 5].map((patch) => spansFrom(story, patch)),
    [1, 1, 2, null, null],
  );
});
