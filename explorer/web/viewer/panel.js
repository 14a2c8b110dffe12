// One picture of the viewer with its title, the pointer and the line of details, which is above a single picture and
// below each of several.

import { inRow, retell, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { subjectOf } from "./clip.js";
import { closestOf, heatAt } from "./compare.js";
import { element } from "./controls.js";
import { describeRegion } from "./lineage.js";
import { listen } from "./picking.js";
import { Picture } from "./picture.js";
import { clampLayer, layerLabel, patchAt, pointOf } from "./story.js";
import { Tip } from "./tip.js";

/**
 * @import { Heat, PictureHeat } from "./picture.js"
 * @import { Record } from "./record_types.js"
 * @import { Point, State } from "./state.js"
 * @import { Story, StoryImage } from "./story.js"
 *
 * @typedef {object} PanelEvents
 * @property {(point: Point | null, keyboard: boolean) => void} onHover
 * @property {(point: Point, panel: Panel) => void} onPin
 * @property {(panel: Panel) => void} onRefer
 * @property {() => void} onDecode
 */

const hint = () =>
  globalThis.matchMedia?.("(hover: none)").matches
    ? tr("Tap a region to see all of it.")
    : tr("Point at or focus a region for details; click or Enter pins it.");

export class Panel extends Picture {
  /**
   * All panels share points.
   * @param {Record} raw @param {{ title?: string, note?: string, images?: Map<string, StoryImage> }} told
   * @param {boolean} several @param {PanelEvents} events
   */
  constructor(raw, { title = "", note = "", images = new Map() }, several, events) {
    super(raw, () => events.onDecode());
    this.title = title;
    this.note = note;
    this.waits = false;
    /** @type {boolean | null} */
    this.referred = null;
    this.several = several;
    this.events = events;
    this.count = element("span", { class: "tome-count" });
    this.refer = element(
      "button",
      { type: "button", class: "tome-refer", hidden: true, click: () => events.onRefer(this) },
      tr("Compare with this"),
    );
    this.details = element("p", { class: "tome-details" });
    this.tip = new Tip();
    this.figure = element(
      "figure",
      { class: "tome-panel" },
      element(
        "figcaption",
        {},
        element("span", { class: "tome-title" }, retell(title || this.story.caption)),
        this.count,
        this.refer,
      ),
      ...(several ? [this.canvas, this.details] : [this.details, this.framed()]),
      this.tip.element,
    );
    listen(this);
    this.decodePicture(images);
  }

  /** The canvas; that of a sound in a frame in which it scrolls once it is zoomed. */
  framed() {
    return subjectOf(this.story) === "spectrogram"
      ? element("div", { class: "tome-scroll" }, this.canvas)
      : this.canvas;
  }

  /**
   * Wait for a new run: dim the current picture and show a `note`.
   * @param {string} note
   */
  wait(note) {
    this.waits = true;
    this.note = note;
    this.figure.dataset.waits = "";
    return this;
  }

  /**
   * Compare as a Picture does; `referred`: whether this is the reference panel, or null without a choice.
   * @param {PictureHeat | null} heat @param {Story | null} rival @param {boolean | null} [referred]
   */
  compare(heat, rival, referred = null) {
    super.compare(heat, rival);
    this.referred = referred;
    this.refer.hidden = referred === null;
    this.refer.setAttribute("aria-pressed", String(referred));
    this.refer.textContent = referred ? tr("Reference") : tr("Compare with this");
  }

  /**
   * For screen readers: the most similar patch of the other photo.
   * @param {State} state
   */
  closestSaid(state) {
    const patch = this.pinnedPatch(state);
    if (patch === null) return "";
    return `${retell(this.title)}: ${inRow(this.describe(state.layer, pointOf(this.story, patch), this.heatOf(state)), ", ")}`;
  }

  /** @param {number} layer */
  label(layer) {
    const when = this.story.frames
      ? [tr("frame {frame} of {frames}", { frame: (this.shown.frame ?? 0) + 1, frames: this.story.frames.length })]
      : [];
    return (
      (this.several && this.title ? `${retell(this.title)}: ` : "") +
      (this.waits ? this.note : inRow([layerLabel(this.story, layer), ...when], ", "))
    );
  }

  /**
   * @param {Heat | null} [heat] similarities to the pinned patch
   * @param {number} layer @param {Point} point
   */
  describe(layer, point, heat = null) {
    const [index, patch] = [clampLayer(layer, this.story.last), patchAt(this.story, point)];
    const facts = describeRegion(this.story, index, patch);
    const row = heat?.layers[index] ?? null;
    const close = row && heatAt(row, patch);
    if (!heat || !row || close === null) return facts;
    const told = tr("{close} to the pinned patch", { close: fixed(close, 3) });
    const most = heat.of !== this.story && closestOf(row) === patch ? [tr("most similar patch")] : [];
    return [...most, told, ...facts];
  }

  /**
   * Update the texts around the picture, even while the canvas has no size.
   * @param {State} state
   */
  show(state) {
    const index = clampLayer(state.layer, this.story.last);
    const pinned = this.pinnedPatch(state);
    const hover = this.hovered(state);
    const point = hover ?? (pinned === null ? null : pointOf(this.story, pinned));
    this.canvas.setAttribute("aria-label", this.label(index));
    this.count.textContent = this.note
      ? "…"
      : tr("{tokens} of {all} tokens", {
          tokens: this.story.layers[index].tokens,
          all: this.story.layers[0].tokens,
        });
    const coming = Math.min(state.layer, this.story.depth) > this.story.last;
    this.figure.toggleAttribute("data-part", this.story.last < this.story.depth);
    const facts = coming
      ? [tr("This layer is being computed.")]
      : point
        ? this.describe(index, point, this.heatOf(state))
        : [this.several ? "" : hint()];
    // Below one of several pictures, drop the position, which comes last: the highlight and the live region have it.
    const told = this.several && point && !coming ? facts.slice(0, -1) : facts;
    this.details.textContent = this.note || told.join(" · ");
    this.tip.show(hover && !coming && !this.note ? told.join(" · ") : "", this.figure);
  }
}
