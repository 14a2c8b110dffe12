// One picture of the viewer: a story, its canvas, the pointer and the line of details, which is above a single picture
// and below each of several.

import { inRow, retell, tr } from "../page/language.js";
import { pinnedOn } from "./beside.js";
import { penOf } from "./canvas.js";
import { frameOf, subjectOf } from "./clip.js";
import { closestOf, decodeHeat, heatAt } from "./compare.js";
import { element } from "./controls.js";
import { describeRegion } from "./lineage.js";
import { paintFrame } from "./paint.js";
import { listen } from "./picking.js";
import { makeScene } from "./scene.js";
import { clampLayer, decodeStory, layerLabel, patchAt, pointOf } from "./story.js";
import { Tip } from "./tip.js";

const hint = () =>
  globalThis.matchMedia?.("(hover: none)").matches
    ? tr("Tap a region to see all of it.")
    : tr("Point at or focus a region for details; click or Enter pins it.");

export class Panel {
  /** events: onHover(point or null, keyboard), onPin(point), onRefer(panel), onDecode(). All panels share points. */
  constructor(raw, { title = "", note = "", images = new Map() }, several, events) {
    this.story = decodeStory(raw);
    /** @type {number | null} */
    this.place = null; // index among two photos
    this.frame = 0; // time cursor of a clip
    this.scenes = new Map();
    this.title = title;
    this.note = note;
    this.waits = false;
    this.several = several;
    this.events = events;
    this.canvas = element("canvas", { role: "img", tabindex: "0", class: "tome-canvas" });
    this.canvas.style.setProperty("--tome-aspect", this.story.picture.width / this.story.picture.height);
    this.canvas.style.setProperty("--tome-rows", this.story.rows);
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

  /** The drawn story: for a clip, the frame's. */
  get shown() {
    return frameOf(this.story, this.frame);
  }

  /** Whether this is `story`'s photo under `title`, regardless of the merges. */
  shows(story, title) {
    const seen = ({ picture, view, grid, rows, cols }) => JSON.stringify([picture.src, view, grid ?? [rows, cols]]);
    return this.title === title && seen(this.story) === seen(story);
  }

  /** Wait for a new run: dim the current picture and show a `note`. */
  wait(note) {
    this.waits = true;
    this.note = note;
    this.figure.dataset.waits = "";
    return this;
  }

  /** images: photos by address, shared by the panels. */
  decodePicture(images) {
    const { src } = this.story.picture;
    if (!images.has(src)) images.set(src, new Image());
    const image = images.get(src);
    if (!image.src) image.src = src;
    if (image.complete && image.naturalWidth) {
      this.story.image = image;
      return;
    }
    image.addEventListener("load", () => {
      this.story.image = image;
      this.scenes.clear();
      this.events.onDecode();
    });
  }

  /**
   * heat: {patch, of: its story if another, layers} of a pinned patch, or null; rival: the reference panel's story, or
   * null for itself; referred: whether this is the reference panel, or null without a choice.
   */
  compare(heat, rival, /** @type {boolean | null} */ referred = null) {
    const { story } = this;
    this.refer.hidden = referred === null;
    this.refer.setAttribute("aria-pressed", String(referred));
    this.refer.textContent = referred ? tr("Reference") : tr("Compare with this");
    this.heat = heat?.layers && {
      patch: heat.patch,
      on: heat.on ?? null,
      of: heat.of ?? story,
      layers: decodeHeat(heat.layers, story.patches),
      canvases: new Map(),
    };
    this.rival = rival && { patches: rival.patches, layers: rival.layers, last: rival.last, canvases: new Map() };
  }

  /** The heat of the pinned patch, if it is switched on and loaded. */
  heatOf(state) {
    const { heat } = this;
    if (!state.similarity || !state.pinned || !heat) return null;
    const same = heat.on === null || heat.on === pinnedOn(state);
    return same && patchAt(heat.of, state.pinned) === heat.patch ? heat : null;
  }

  /** Whether the pinned patch belongs to this picture: with two photos, to one of them. */
  owns(state) {
    return this.place === null || this.place === pinnedOn(state);
  }

  /** The pinned patch; on the other of two photos its most similar patch, or null without a comparison. */
  pinnedPatch(state) {
    if (!state.pinned) return null;
    if (this.owns(state)) return patchAt(this.story, state.pinned);
    const layer = this.heatOf(state)?.layers[clampLayer(state.layer, this.story.last)];
    return layer ? closestOf(layer) : null;
  }

  /** For screen readers: the most similar patch of the other photo. */
  closestSaid(state) {
    const patch = this.pinnedPatch(state);
    if (patch === null) return "";
    return `${retell(this.title)}: ${inRow(this.describe(state.layer, pointOf(this.story, patch), this.heatOf(state)), ", ")}`;
  }

  /** Whether the layer has compared the pinned patch with the others. */
  compared(state) {
    return Boolean(this.heatOf(state)?.layers[clampLayer(state.layer, this.story.last)]);
  }

  label(layer) {
    const when = this.story.frames
      ? [tr("frame {frame} of {frames}", { frame: this.shown.frame + 1, frames: this.story.frames.length })]
      : [];
    return (
      (this.several && this.title ? `${retell(this.title)}: ` : "") +
      (this.waits ? this.note : inRow([layerLabel(this.story, layer), ...when], ", "))
    );
  }

  /** @param {{layers: any[], of: object} | null} [heat] similarities to the pinned patch */
  describe(layer, point, heat = null) {
    const [index, patch] = [clampLayer(layer, this.story.last), patchAt(this.story, point)];
    const facts = describeRegion(this.story, index, patch);
    const close = heat?.layers[index] ? heatAt(heat.layers[index], patch) : null;
    if (!heat || close === null) return facts;
    const told = tr("{close} to the pinned patch", { close: close.toFixed(3) });
    const most = heat.of !== this.story && closestOf(heat.layers[index]) === patch ? [tr("most similar patch")] : [];
    return [...most, told, ...facts];
  }

  look(state) {
    return {
      fill: state.fill,
      largest: state.largest,
      arrows: state.arrows,
      accent: state.accent,
      keyboard: state.keyboard,
      hover: state.hover && patchAt(this.story, state.hover),
      pinned: this.pinnedPatch(state),
      heat: this.heatOf(state),
      rival: this.rival,
    };
  }

  /** Update the texts around the picture, even while the canvas has no size. */
  show(state) {
    const index = clampLayer(state.layer, this.story.last);
    const pinned = this.pinnedPatch(state);
    const point = state.hover ?? (pinned === null ? null : pointOf(this.story, pinned));
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
    this.tip.show(state.hover && !coming && !this.note ? told.join(" · ") : "", this.figure);
  }

  /** Draw the canvas; return false while it has no size. */
  draw(state) {
    const [width, height] = [this.canvas.clientWidth, this.canvas.clientHeight].map((side) =>
      Math.round(side * (window.devicePixelRatio || 1)),
    );
    if (!width || !height) return false;
    let scene = this.scenes.get(this.frame);
    if (scene?.width !== width || scene.height !== height || scene.veil !== state.veil) {
      scene = makeScene(this.shown, width, height, state.veil);
      this.scenes.set(this.frame, scene);
    }
    if (this.canvas.width !== width || this.canvas.height !== height) Object.assign(this.canvas, { width, height });
    paintFrame(penOf(this.canvas), scene, clampLayer(state.layer, this.story.last), this.look(state));
    return true;
  }
}
