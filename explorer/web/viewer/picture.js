// A story on a canvas: a scene per frame, the comparison above it, and what is painted.

import { pinnedOn } from "./beside.js";
import { penOf } from "./canvas.js";
import { frameOf } from "./clip.js";
import { closestOf, decodeHeat } from "./compare.js";
import { element } from "./controls.js";
import { paintFrame } from "./paint.js";
import { cached, makeScene } from "./scene.js";
import { clampLayer, decodeStory, patchAt } from "./story.js";

/**
 * @import { LayerHeat, RawHeat } from "./compare.js"
 * @import { Marked } from "./paint.js"
 * @import { Record } from "./record_types.js"
 * @import { Scene } from "./scene.js"
 * @import { State } from "./state.js"
 * @import { Layer, Story, StoryImage } from "./story.js"
 *
 * @typedef {Map<number, HTMLCanvasElement>} Canvases of the layers
 * @typedef {{ patch: number, on?: number, of?: Story, layers: RawHeat | null }} PictureHeat `of`: the patch's story
 * @typedef {{ patches: number, layers: Layer[], last: number, canvases: Canvases }} Rival
 */

/**
 * @typedef {object} Heat similarities to the pinned patch
 * @property {RawHeat} raw
 * @property {number} patch
 * @property {number | null} on
 * @property {Story} of
 * @property {(LayerHeat | null)[]} layers
 * @property {Canvases} canvases
 */

export class Picture {
  /**
   * onDecode() is called once the photo can be drawn.
   * @param {Record} raw @param {() => void} onDecode
   */
  constructor(raw, onDecode) {
    this.story = decodeStory(raw);
    this.onDecode = onDecode;
    this.title = "";
    /** @type {number | null} */
    this.place = null; // index among two photos
    this.frame = 0; // time cursor of a clip
    /** @type {Map<number, Scene>} */
    this.scenes = new Map();
    /** @type {unknown[]} */
    this.painted = []; // scene, layer and look on the canvas
    /** @type {Heat | null} */
    this.heat = null;
    /** @type {Rival | null} */
    this.rival = null;
    this.canvas = element("canvas", { role: "img", tabindex: "0", class: "tome-canvas" });
    this.canvas.style.setProperty("--tome-aspect", String(this.story.picture.width / this.story.picture.height));
    this.canvas.style.setProperty("--tome-rows", String(this.story.rows));
  }

  /** The drawn story: for a clip, the frame's. */
  get shown() {
    return frameOf(this.story, this.frame);
  }

  /**
   * Whether this is the photo of `record` under `title`, regardless of the merges.
   * @param {Record} record @param {string} title
   */
  shows({ picture, view, grid }, title) {
    const { story } = this;
    const seen = JSON.stringify([story.picture.src, story.view, [story.rows, story.cols]]);
    return this.title === title && seen === JSON.stringify([picture.src, view, grid]);
  }

  /**
   * images: photos by address, shared by the panels.
   * @param {Map<string, StoryImage>} images
   */
  decodePicture(images) {
    const { src } = this.story.picture;
    const image = cached(images, src, () => new Image());
    if (!image.src) image.src = src;
    if (image.complete && image.naturalWidth) {
      this.story.image = image;
      return;
    }
    image.addEventListener("load", () => {
      this.story.image = image;
      this.scenes.clear();
      this.onDecode();
    });
  }

  /**
   * @param {PictureHeat | null} heat of a pinned patch
   * @param {Story | null} rival the reference's
   */
  compare(heat, rival) {
    const of = heat?.of ?? this.story;
    if (!heat?.layers) this.heat = null;
    else if (!this.heat || this.heat.raw !== heat.layers || this.heat.patch !== heat.patch || this.heat.of !== of) {
      const layers = decodeHeat(heat.layers, this.story.patches);
      this.heat = { raw: heat.layers, patch: heat.patch, on: heat.on ?? null, of, layers, canvases: new Map() };
    }
    if (!rival) this.rival = null;
    else if (this.rival?.layers !== rival.layers) {
      this.rival = { patches: rival.patches, layers: rival.layers, last: rival.last, canvases: new Map() };
    }
  }

  /**
   * The heat of the pinned patch, if it is switched on and loaded.
   * @param {State} state
   */
  heatOf(state) {
    const { heat } = this;
    if (!state.similarity || !state.pinned || !heat) return null;
    const same = heat.on === null || heat.on === pinnedOn(state);
    return same && patchAt(heat.of, state.pinned) === heat.patch ? heat : null;
  }

  /**
   * Whether the pinned patch belongs to this picture: with two photos, to one of them.
   * @param {State} state
   */
  owns(state) {
    return this.place === null || this.place === pinnedOn(state);
  }

  /**
   * The pinned patch; on the other of two photos its most similar patch, or null without a comparison.
   * @param {State} state
   */
  pinnedPatch(state) {
    if (!state.pinned) return null;
    if (this.owns(state)) return patchAt(this.story, state.pinned);
    const layer = this.heatOf(state)?.layers[clampLayer(state.layer, this.story.last)];
    return layer ? closestOf(layer) : null;
  }

  /**
   * The hovered point, unless it is on the other of two photos while a patch of this one is outlined.
   * @param {State} state
   */
  hovered(state) {
    const { hover } = state;
    const elsewhere = hover && this.place !== null && hover.on !== this.place;
    return elsewhere && this.pinnedPatch(state) !== null ? null : hover;
  }

  /**
   * Whether the layer has compared the pinned patch with the others.
   * @param {State} state
   */
  compared(state) {
    return Boolean(this.heatOf(state)?.layers[clampLayer(state.layer, this.story.last)]);
  }

  /** @param {State} state @returns {Marked} */
  look(state) {
    const hover = this.hovered(state);
    return {
      fill: state.fill,
      largest: state.fill === "size" ? state.largest : 1, // it grows as panels arrive
      arrows: state.arrows,
      accent: state.accent,
      keyboard: state.keyboard,
      hover: hover && patchAt(this.story, hover),
      pinned: this.pinnedPatch(state),
      heat: this.heatOf(state),
      rival: this.rival,
    };
  }

  /**
   * Draw the canvas; return false while it has no size.
   * @param {State} state
   */
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
    const [index, look] = [clampLayer(state.layer, this.story.last), this.look(state)];
    // Of twelve panels, few change when one arrives.
    const painted = [scene, index, ...Object.values(look)];
    if (!painted.every((part, i) => part === this.painted[i])) paintFrame(penOf(this.canvas), scene, index, look);
    this.painted = painted;
    return true;
  }
}
