// The family tree of a pinned patch: the merged pieces, layer by layer, and the merge tree of its region.

import { tr } from "../page/language.js";
import { numeral } from "../page/number.js";
import { countSaid, framesSaid, isPictured, partsSaid, placeOf } from "./clip.js";
import { element, iconButton, svgElement } from "./controls.js";
import { familyOf, mergeTree, spansFrom } from "./lineage.js";
import { paintCrop } from "./paint.js";
import { DROPPED, describeSimilarity, membersOf } from "./story.js";

/**
 * @import { Clip } from "./clip.js"
 * @import { Branch, Step } from "./lineage.js"
 * @import { Story } from "./story.js"
 *
 * @typedef {{ onJump: (layer: number) => void, onLetGo: () => void }} FamilyEvents
 * @typedef {Omit<Branch, "pieces"> & { pieces: Placed[], holds: boolean, y: number }} Placed `holds`: whether the pinned patch
 */

const THUMB = 40;
const SHOWN = 4;

/** @param {Story} story @param {number[]} patches */
function thumbnail(story, patches) {
  const side = 2 * THUMB;
  const canvas = element("canvas", { width: side, height: side, class: "tome-thumb", "aria-hidden": "true" });
  paintCrop(canvas, story, patches);
  return canvas;
}

// Frames, times or words of the pieces that merged, for a clip, sound or text.
/** @param {Story} story @param {Step} step */
function joinedFrom(story, step) {
  if (!story.frames && isPictured(story)) return [];
  return [
    element(
      "span",
      {},
      tr("joined from {parts}", {
        parts: partsSaid(
          story,
          step.pieces.flatMap((piece) => piece.patches),
        ),
      }),
    ),
  ];
}

/** @param {Story} story @param {Step} step @param {(layer: number) => void} onJump */
function stepEntry(story, step, onJump) {
  const shown = !isPictured(story) ? [] : step.pieces.slice(0, SHOWN).map((piece) => thumbnail(story, piece.patches));
  const rest = step.pieces.length - shown.length;
  const scores = step.pieces.map((piece) => piece.similarity).filter((score) => score !== null);
  const score = scores.length ? ` · ${describeSimilarity(scores)}` : "";
  const pictures = element(
    "span",
    { class: "tome-pieces", hidden: !isPictured(story) },
    thumbnail(story, step.own),
    element("span", { "aria-hidden": "true" }, "+"),
    ...shown,
    rest > 0 ? tr("and {rest} more", { rest }) : "",
  );
  const text = element(
    "span",
    { class: "tome-step" },
    element("strong", {}, tr("Layer {layer}", { layer: step.layer })),
    element("span", {}, `${numeral(step.own.length)} → ${countSaid(story, step.size)}${score}`),
    ...joinedFrom(story, step),
  );
  const button = element("button", { type: "button", click: () => onJump(step.layer) }, pictures, text);
  return { layer: step.layer, item: element("li", {}, button), button };
}

// Leaves are patches, one row each; x is the layer. Only the pinned patch has strong lines.
/** @param {Branch} node @param {number} pinned @param {{ next: number }} rows @returns {Placed} */
function layOut(node, pinned, rows) {
  const pieces = node.pieces.map((piece) => layOut(piece, pinned, rows));
  const holds = pieces.length ? pieces.some((piece) => piece.holds) : node.patch === pinned;
  const y = pieces.length ? (pieces[0].y + pieces[pieces.length - 1].y) / 2 : rows.next++;
  return { ...node, pieces, holds, y };
}

/** @param {Placed} node @param {number} until @param {{ own: string[], other: string[] }} lines */
function treeLines(node, until, lines) {
  lines[node.holds ? "own" : "other"].push(`M${node.born} ${node.y}H${until}`);
  for (const piece of node.pieces) {
    lines[piece.holds ? "own" : "other"].push(`M${node.born} ${piece.y}V${node.y}`);
    treeLines(piece, node.born, lines);
  }
  return lines;
}

/**
 * Dendrogram of the final region of `patch`: layers from left to right, one line per patch at the left.
 * @param {Story} story @param {number} patch @param {number} until
 */
export function makeDendrogram(story, patch, until) {
  const rows = { next: 0 };
  const tree = layOut(mergeTree(story, until, story.layers[until].labels[patch]), patch, rows);
  const lines = treeLines(tree, story.last, { own: [], other: [] });
  const cursor = svgElement("path", { class: "tome-cursor" });
  const svg = svgElement(
    "svg",
    {
      class: "tome-tree",
      "aria-hidden": "true",
      preserveAspectRatio: "none",
      viewBox: `0 -0.5 ${Math.max(story.last, 1)} ${rows.next}`,
    },
    svgElement("path", { d: lines.other.join("") }),
    svgElement("path", { d: lines.own.join(""), class: "tome-own" }),
    cursor,
  );
  svg.style.height = `${Math.min(Math.max(6 * rows.next, 36), 140)}px`;
  const axis = element(
    "div",
    { class: "tome-axis" },
    element("span", {}, tr("input")),
    element("span", {}, tr("layer {last}", { last: story.last })),
  );
  /** @param {number} layer */
  const show = (layer) => cursor.setAttribute("d", `M${Math.min(layer, story.last)} -0.5V${rows.next}`);
  return { picture: [svg, axis], show };
}

/**
 * All words or times of the token of `patch`, layer by layer; elsewhere, long groups are truncated.
 * @param {Story} story @param {number} patch
 */
function makeWhole(story, patch) {
  const summary = element("summary");
  const parts = element("p");
  const whole = element("details", { class: "tome-whole" }, summary, parts);
  /** @param {number} index */
  const show = (index) => {
    const layer = story.layers[Math.min(index, story.last)];
    const token = layer.labels[patch];
    whole.hidden = isPictured(story) || token === DROPPED || layer.sizes[token] === 1;
    if (whole.hidden) return;
    const members = membersOf(layer, token);
    summary.textContent = tr("All {count} of its token in layer {layer}", {
      count: countSaid(story, members.length),
      layer: Math.min(index, story.last),
    });
    parts.textContent = partsSaid(story, members, Number.POSITIVE_INFINITY);
  };
  return { whole, show };
}

/** @param {Clip} story @param {number} patch */
function spansSaid(story, patch) {
  const from = spansFrom(story, patch);
  return from === null
    ? tr("Its token stays in one frame.")
    : tr("Its token spans frames from layer {from} on.", { from });
}

/**
 * Section for one pinned patch; show(layer) marks the merges up to that layer.
 * @param {Story} story @param {string} title @param {number} patch @param {FamilyEvents} events
 */
export function makeFamily(story, title, patch, { onJump, onLetGo }) {
  const { steps, dropped } = familyOf(story, patch);
  const place = placeOf(story, patch);
  const entries = steps.map((step) => stepEntry(story, step, onJump));
  const list = element("ol", { class: "tome-steps" }, ...entries.map((entry) => entry.item));
  const tree = makeDendrogram(story, patch, dropped === null ? story.last : dropped - 1);
  const self = element(
    "p",
    {},
    isPictured(story)
      ? tr("The patch in {place}", { place })
      : story.sound
        ? tr("The step {place}", { place })
        : tr("The {place}", { place }),
  );
  const start = element(
    "div",
    { class: "tome-self" },
    ...(!isPictured(story) ? [] : [thumbnail(story, [patch])]),
    self,
  );
  const spans = story.frames ? [element("p", {}, spansSaid(story, patch))] : [];
  const { whole, show: showWhole } = makeWhole(story, patch);
  const end = [];
  if (!steps.length) end.push(tr("It never merged."));
  if (story.frames && dropped === null && steps.length) {
    const { length } = story.frames;
    const members = membersOf(story.layers[story.last], story.layers[story.last].labels[patch]);
    end.push(
      tr("In the end its token holds {count} in {frames} of {length}.", {
        count: countSaid(story, members.length),
        frames: framesSaid(story, members),
        length,
      }),
    );
  }
  if (dropped !== null) end.push(tr("It was dropped in layer {dropped}.", { dropped }));
  const heading = element(
    "header",
    {},
    element("h2", {}, title ? tr("Family tree: {title}", { title }) : tr("Family tree")),
    iconButton("close", tr("Unpin"), onLetGo),
  );
  const section = element(
    "section",
    { class: "tome-family", "aria-label": tr("Family tree of {place}", { place }) },
    heading,
    start,
    ...spans,
    ...(steps.length ? tree.picture : []),
    list,
    element("p", { class: "tome-note" }, end.join(" ")),
    whole,
  );
  return {
    section,
    /** @param {number} layer */
    show(layer) {
      tree.show(layer);
      showWhole(layer);
      const current = entries.findLast((entry) => entry.layer <= layer);
      for (const entry of entries) {
        entry.item.className = entry.layer <= layer ? "tome-past" : "tome-future";
        if (entry === current) entry.button.setAttribute("aria-current", "step");
        else entry.button.removeAttribute("aria-current");
      }
    },
  };
}
