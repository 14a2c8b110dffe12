// A clip's story is that of one tall photo, its frames stacked vertically, so that tokens, pins and family trees work
// as on a photo. Each frame has its own story for drawing, with layers of its labels only: `whole`, `frame` and
// `offset` locate it in the clip, and `all` of a layer is the clip's.

import { tr } from "../page/language.js";

/**
 * @import { Frames } from "./record_types.js"
 * @import { Values } from "./records.js"
 * @import { Decoded, Story } from "./story.js"
 *
 * @typedef {"photo" | "frame" | "spectrogram" | "text"} Subject
 * @typedef {{ times?: undefined, frames?: undefined }} NoFrames
 * @typedef {{ whole?: undefined, frame?: undefined, offset?: undefined }} NoFrame
 * @typedef {Decoded & NoFrames & NoFrame} Still a photo, sound or text
 * @typedef {Decoded & NoFrame & { times: number[], frames: Frame[] }} Clip
 * @typedef {Decoded & NoFrames & { whole: Clip, frame: number, offset: number }} Frame
 */

/**
 * Add a story for each frame to `story`, decoded as a tall photo.
 * @param {Decoded} story @param {Frames} frames
 */
export function splitFrames(story, { times }) {
  const [rows, patches] = [story.rows / times.length, story.patches / times.length];
  /** @type {<Part>(array: { subarray(from: number, to: number): Part }, frame: number, width?: number) => Part} */
  const part = (array, frame, width = 1) => array.subarray(frame * patches * width, (frame + 1) * patches * width);
  /** @type {Clip} */
  const clip = Object.assign(story, { times, frames: [] });
  clip.frames = times.map((_, frame) => ({
    ...clip,
    times: undefined,
    frames: undefined,
    whole: clip,
    frame,
    offset: frame * patches,
    rows,
    patches,
    colours: part(story.colours, frame, 3),
    layers: story.layers.map((layer) => ({ ...layer, all: layer, labels: part(layer.labels, frame) })),
    get image() {
      return clip.image;
    },
  }));
  return clip;
}

/**
 * The story to draw with the time cursor at `frame`.
 * @param {Story} story @param {number} frame
 */
export function frameOf(story, frame) {
  return story.frames ? story.frames[Math.min(Math.max(frame, 0), story.frames.length - 1)] : story;
}

/**
 * The position of `patch`, an index over the whole clip, in words.
 * @param {Story} story @param {number} patch @returns {string}
 */
export function placeOf(story, patch) {
  if (story.sound) return timesSaid(story.sound, [patch]);
  if (story.words) return tr("word {number}, {words}", { number: patch + 1, words: wordsSaid(story.words, [patch]) });
  if (story.heard) {
    const from = (patch % story.cols) * story.heard.step;
    const band = story.rows - Math.floor(patch / story.cols);
    return tr("{from}–{to} s, band {band} of {rows} from below", {
      from: from.toFixed(2),
      to: (from + story.heard.step).toFixed(2),
      band,
      rows: story.rows,
    });
  }
  if (story.frames) {
    const { patches } = story.frames[0];
    return tr("frame {number}, {place}", {
      number: Math.floor(patch / patches) + 1,
      place: placeOf(story.frames[0], patch % patches),
    });
  }
  return tr("row {row}, column {column}", {
    row: Math.floor(patch / story.cols) + 1,
    column: (patch % story.cols) + 1,
  });
}

/**
 * The frames of `patches`, counted from 0.
 * @param {Clip} story @param {number[]} patches
 */
export function framesWith(story, patches) {
  const size = story.frames[0].patches;
  return [...new Set(patches.map((patch) => Math.floor(patch / size)))].sort((a, b) => a - b);
}

// Runs [from, to] of consecutive integers.
/** @param {number[]} numbers */
function runsOf(numbers) {
  /** @type {[number, number][]} */
  const runs = [];
  for (const number of numbers) {
    const last = runs.at(-1);
    if (last?.[1] === number - 1) last[1] = number;
    else runs.push([number, number]);
  }
  return runs;
}

const MOST_TIMES = 3;

/**
 * The times of `steps` of a sound: "0.40–0.52 s, 1.10–1.12 s and 4 more", or all of them.
 * @param {{ step: number }} sound @param {number[]} steps
 */
export function timesSaid({ step }, steps, most = MOST_TIMES) {
  const runs = runsOf([...steps].sort((a, b) => a - b));
  const said = runs.slice(0, most).map(([from, to]) => `${(from * step).toFixed(2)}–${((to + 1) * step).toFixed(2)} s`);
  return andMore(said.join(", "), runs.length - most);
}

/** @type {(said: string, count: number) => string} */
const andMore = (said, count) => (count > 0 ? tr("{said} and {count} more", { said, count }) : said);

const MOST_WORDS = 8;

/**
 * The words of `patches`: "“sea, beach” and 3 more", or all of them.
 * @param {string[]} words @param {number[]} patches
 */
export function wordsSaid(words, patches, most = MOST_WORDS) {
  const said = patches
    .slice(0, most)
    .map((patch) => words[patch])
    .join(", ");
  return andMore(`“${said}”`, patches.length - most);
}

/**
 * Whether crops of patches are meaningful: sounds and texts use words instead.
 * @param {Story} story
 */
export function isPictured(story) {
  return !story.sound && !story.words;
}

/**
 * Whether the cell `patch` has content: a text may end before its grid.
 * @param {Story} story @param {number} patch
 */
export function isHeld(story, patch) {
  return !story.words || patch < story.words.length;
}

/**
 * The frames, times or words of `patches` in a clip, sound or text; "" for a photo.
 * @param {Story} story @param {number[]} patches
 * @param {number} [most] number of parts to name; a few by default
 */
export function partsSaid(story, patches, most) {
  if (story.words) return wordsSaid(story.words, patches, most);
  return story.sound ? timesSaid(story.sound, patches, most) : framesSaid(story, patches);
}

/**
 * The size of a token in words: "4 patches".
 * @param {Story} story @param {number} size
 */
export function countSaid(story, size) {
  if (story.words) return size === 1 ? tr("1 word") : tr("{size} words", { size });
  if (story.sound) return size === 1 ? tr("1 step") : tr("{size} steps", { size });
  return size === 1 ? tr("1 patch") : tr("{size} patches", { size });
}

/**
 * Whether a patch's number means something else in `story` than in `before`. A photo's places stay where they were.
 * @param {Story} before @param {Story} story
 */
export function isOther(before, story) {
  if (story.words) return story.words.join("\n") !== before.words?.join("\n");
  if (!story.frames && !story.sound && !story.heard) return false;
  return before.picture.src !== story.picture.src || before.rows !== story.rows || before.cols !== story.cols;
}

/**
 * The kind of a story, which selects texts and styles.
 * @param {Story} story @returns {Subject}
 */
export function subjectOf(story) {
  if (story.sound || story.heard) return "spectrogram";
  if (story.words) return "text";
  return story.frames ? "frame" : "photo";
}

/**
 * The kind of the story that `query` asks for.
 * @param {Values} query @returns {Subject}
 */
export function subjectAsked({ clip, sound, text }) {
  if (sound) return "spectrogram";
  if (text) return "text";
  return clip ? "frame" : "photo";
}

/**
 * The frames of `patches` in words: "frame 2", "frames 1–3, 5"; "" for a photo.
 * @param {Story} story @param {number[]} patches
 */
export function framesSaid(story, patches) {
  if (!story.frames) return "";
  const runs = runsOf(framesWith(story, patches));
  const said = runs.map(([from, to]) => (from === to ? `${from + 1}` : `${from + 1}–${to + 1}`)).join(", ");
  const one = runs.length === 1 && runs[0][0] === runs[0][1];
  return one ? tr("frame {said}", { said }) : tr("frames {said}", { said });
}

/**
 * The frame with most of `patches`, and their indices within it.
 * @param {Clip} story @param {number[]} patches @returns {[Frame, number[]]}
 */
export function mostOf(story, patches) {
  const size = story.frames[0].patches;
  const counts = new Array(story.frames.length).fill(0);
  for (const patch of patches) counts[Math.floor(patch / size)]++;
  const frame = story.frames[counts.indexOf(Math.max(...counts))];
  return [
    frame,
    patches.filter((patch) => Math.floor(patch / size) === frame.frame).map((patch) => patch - frame.offset),
  ];
}

/**
 * Draw the photo or frame of `story` over the whole canvas.
 * @param {CanvasRenderingContext2D} ctx @param {Story} story @param {number} width @param {number} height
 */
export function drawPhoto(ctx, story, width, height) {
  const { image } = story;
  if (!image) return;
  if (!story.whole) {
    ctx.drawImage(image, 0, 0, width, height);
    return;
  }
  const tall = image.naturalHeight / story.whole.frames.length;
  ctx.drawImage(image, 0, story.frame * tall, image.naturalWidth, tall, 0, 0, width, height);
}
