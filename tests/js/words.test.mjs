import assert from "node:assert/strict";
import { test } from "node:test";
import { isHeld, placeOf, subjectOf, timesSaid, wordsSaid } from "../../explorer/web/viewer/clip.js";
import { describeRegion } from "../../explorer/web/viewer/lineage.js";
import { DROPPED, decodeStory, hasDropped } from "../../explorer/web/viewer/story.js";
import { storyOf } from "./fixture.mjs";

const LAYERS = [{ labels: [0, 1, 2, 3, 4, 65535] }, { labels: [0, 1, 0, 2, 3, 65535], merges: [[2, 0, 0.75]] }];
const TEXT = decodeStory({ ...storyOf([2, 3], LAYERS), text: { words: ["the", "sea", "a", "boat", "."], cut: false } });
const SOUND = decodeStory({
  ...storyOf(
    [1, 5],
    LAYERS.map((layer) => ({ ...layer, labels: layer.labels.slice(0, 5) })),
  ),
  sound: { step: 0.02 },
});

test("a token of a text is told by its words", () => {
  assert.deepEqual(describeRegion(TEXT, 1, 2), [
    "one token of 2 words",
    "last merge in layer 1, similarity 0.75",
    "“the, a”",
  ]);
  assert.deepEqual(describeRegion(TEXT, 1, 3), ["1 word", "a token of its own", "word 4, “boat”"]);
});

test("of many words the first ones are said", () => {
  const many = { words: Array.from({ length: 12 }, (_, i) => `w${i}`) };
  assert.equal(wordsSaid(many.words, [...many.words.keys()]), "“w0, w1, w2, w3, w4, w5, w6, w7” and 4 more");
});

test("cells after the last word hold nothing", () => {
  assert.deepEqual([isHeld(TEXT, 4), isHeld(TEXT, 5), isHeld(SOUND, 4)], [true, false, true]);
});

test("the empty cells after a text are not dropped tokens", () => {
  const last = TEXT.layers.at(-1);
  const pruned = { ...last, labels: last.labels.with(0, DROPPED) };
  assert.deepEqual([TEXT, SOUND, { ...TEXT, layers: [pruned] }].map(hasDropped), [false, false, true]);
});

test("a token of a sound is told by its times", () => {
  assert.deepEqual(describeRegion(SOUND, 1, 2), [
    "one token of 2 steps",
    "last merge in layer 1, similarity 0.75",
    "0.00–0.02 s, 0.04–0.06 s",
  ]);
  assert.equal(placeOf(SOUND, 3), "0.06–0.08 s");
  assert.equal(timesSaid(SOUND.sound, [0, 2, 4, 6, 8]), "0.00–0.02 s, 0.04–0.06 s, 0.08–0.10 s and 2 more");
});

test("what is under the fills has its name", () => {
  assert.deepEqual([TEXT, SOUND, decodeStory(storyOf([2, 3], LAYERS))].map(subjectOf), [
    "text",
    "spectrogram",
    "photo",
  ]);
});
