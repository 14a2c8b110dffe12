// The viewer: one layer cursor over one or several stories. Hosts call only render(root, data, host);
// host.commit(name, value) reports layer, pinned patch, fill and switches after a gesture, and host.refer(index) a new
// reference panel.

import { beforeLeaving } from "../page/address.js";
import { inRow } from "../page/language.js";
import { Asked } from "./asked.js";
import { Beside, pinnedOn } from "./beside.js";
import { element } from "./controls.js";
import { Cursor } from "./cursor.js";
import { makeControls, makeFamilies, makeLayout, makePictures, makeTools } from "./layout.js";
import { whenNarrow } from "./narrow.js";
import { awaitPanels, comparePanels, loadPanels, openAt } from "./opening.js";
import { showParts } from "./parts.js";
import { Play } from "./play.js";
import { perRoot } from "./roots.js";
import { isSame, startState, themeOf } from "./state.js";
import { patchAt } from "./story.js";

/**
 * @import { Configured } from "./panel_feed.js"
 * @import { Panel } from "./panel.js"
 * @import { PanelsHeat, Shown } from "./panels.js"
 * @import { Values } from "./records.js"
 * @import { Host } from "./roots.js"
 * @import { Point, State } from "./state.js"
 */

/**
 * @typedef {object} Ask records to request
 * @property {Values} query
 * @property {Configured[]} panels
 * @property {number | null} limit of r; null hides its control
 * @property {string} [name] of a comparison
 * @property {number} [apart] frames that share r
 */

/**
 * @typedef {object} Start the cursor to open at
 * @property {number | null} [layer]
 * @property {number} [frame]
 * @property {number | null} [pinned] patch of the first picture
 * @property {number | null} [beside_pinned] patch of the second of two photos
 * @property {string} [fill]
 * @property {boolean} [arrows]
 * @property {boolean} [similarity]
 */

/**
 * @typedef {object} Page what the page around says
 * @property {string | number | null} [revision] another one moves the cursor
 * @property {boolean} [own] whether no link can hold what is shown
 * @property {number | null} [reference] index of the reference panel
 * @property {boolean} [pinnable] whether a pin has similarities
 * @property {string[]} [hide]
 * @property {string[]} [lock]
 *
 * @typedef {{ ask: Ask, r: number, decreasing: boolean, pair?: undefined, heat?: undefined }} Asks
 * @typedef {{ ask?: undefined, similar?: string[] | null, pair?: string, heat?: PanelsHeat }} Shows
 * @typedef {Start & Page & Asks} AskedData
 * @typedef {Start & Page & Asks | Start & Page & Shows & Shown} Data
 */

const QUIET_MS = 500;

export class Viewer {
  /** @param {Element} root */
  constructor(root) {
    this.state = startState();
    /** @type {Data} */
    this.data = { panels: [] };
    /** @type {Shown} */
    this.shown = { panels: [] };
    /** @type {string | number | null | undefined} */
    this.revision = undefined;
    /** @type {string | undefined} */
    this.source = undefined;
    /** @type {number | undefined} */
    this.frame = undefined;
    this.frames = 0;
    /** @type {Set<string>} */
    this.locked = new Set();
    this.cursor = new Cursor(this);
    this.play = new Play(this);
    this.asked = new Asked(this);
    this.beside = new Beside(this);
    const tools = makeTools(this);
    this.toolbar = tools.toolbar;
    this.share = tools.share;
    this.figures = tools.figures;
    this.present = tools.present;
    const controls = makeControls(this);
    this.transport = controls.transport;
    this.clip = controls.clip;
    this.film = controls.film;
    this.player = controls.player;
    this.pictures = makePictures(this);
    this.families = makeFamilies(this);
    /** @type {((layer: number) => void) | undefined} */
    this.moveCursor = undefined; // on the curve
    this.live = element("p", { class: "tome-live", "aria-live": "polite" });
    this.element = makeLayout(this, this.live);
    root.append(this.element);
    this.present.of(this.element);
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => {
      Object.assign(this.state, themeOf(this.element));
      this.change({ fill: this.state.fill });
    };
    this.scheme.addEventListener("change", this.onScheme);
    this.endNarrow = whenNarrow(() => this.fitAgain());
    this.endStay = beforeLeaving(() => {
      this.cursor.settle();
      this.asked.leave();
    });
  }

  get panels() {
    return this.pictures.list;
  }

  get stories() {
    return this.pictures.stories;
  }

  get last() {
    return this.pictures.last;
  }

  /** Whether the first picture is still to come. */
  get awaited() {
    return !this.panels.length;
  }

  /** @param {Data} data @param {Host} host */
  update(data, host) {
    this.cursor.host = host;
    this.data = data;
    const told = data.ask || data.pair;
    const kind = { alone: data.ask?.panels.length === 1, two: !data.ask, own: data.own };
    this.figures.offer(Boolean(told && host.link), kind);
    this.share.offer(host.link, data.own);
    if (data.ask) {
      if (!this.panels.length) awaitPanels(this, data.ask.query);
      this.asked.follow(data);
      return;
    }
    const source = JSON.stringify([data.panels, data.titles, data.notes, data.awaited]);
    this.beside.follow(data.similar ?? null);
    if (source !== this.source) this.setPanels(data);
    this.source = source;
    this.settle(data);
    this.beside.pinned();
  }

  /** @param {Shown} data */
  setPanels(data) {
    this.shown = data;
    loadPanels(this, data);
  }

  /** The window has become narrow or wide. */
  fitAgain() {
    if (this.awaited || !this.stories[0].words) return;
    this.setPanels(this.shown);
    this.settle(this.data);
  }

  /** @param {Data} data */
  settle(data) {
    comparePanels(this, data);
    const chosen = this.revision === undefined ? this.cursor.committed : {}; // while the first picture was awaited
    if (this.revision === undefined || data.revision !== this.revision) openAt(this, { ...data, ...chosen });
    this.revision = data.revision ?? null;
    Object.assign(this.state, themeOf(this.element));
    this.change(this.state);
    this.draw();
    showParts(this, data);
    this.play.resume();
  }

  /**
   * Merge `part` into the state and redraw what depends on it.
   * @param {Partial<State>} part
   */
  change(part) {
    const { state } = this;
    Object.assign(state, part);
    if (this.awaited) return;
    const { heated, compared } = state;
    Object.assign(state, this.pictures.heatOf(state));
    const named = ["fill", "arrows", "pinned", "similarity", ...(state.photos > 1 ? ["layer"] : [])];
    const legend = named.some((name) => name in part);
    if (legend || state.heated !== heated || state.compared !== compared) this.toolbar.show(state);
    if ("frame" in part) {
      for (const panel of this.panels) panel.frame = state.frame;
      this.clip.show(state.frame);
    }
    if ("fill" in part || "frame" in part) this.film.update(this.pictures.several ? null : this.panels[0].shown, state);
    if ("pinned" in part) {
      this.families.pin(this.panels, this.pictures.owners(state), state);
      this.transport.tree.hidden = !this.families.shown.length;
    }
    if ("playing" in part) this.transport.showPlaying(state.playing);
    if ("layer" in part) this.showLayer(state.layer);
    for (const panel of this.panels) panel.show(state);
    this.announce();
    this.schedule();
  }

  /** @param {number} layer */
  showLayer(layer) {
    this.transport.show(layer, this.last, this.panels[0].label(layer));
    this.moveCursor?.(layer);
    this.film.show(layer);
    this.families.show(this.stories[0], layer);
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    const start = performance.now();
    const drawn = this.panels.map((panel) => panel.draw(this.state));
    if (!drawn.some(Boolean)) return;
    this.clip.draw(this.state);
    this.element.dataset.frameMs = (performance.now() - start).toFixed(2);
    this.element.dataset.frames = String(++this.frames);
    this.element.dataset.ready = "";
  }

  announce() {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      const { layer, hover, pinned, keyboard } = this.state;
      const [owner] = this.pictures.owners(this.state);
      const point = (keyboard && hover) || pinned;
      const panel = this.panels.find(({ place }) => place !== null && place === point?.on) ?? owner;
      const facts = point ? panel.describe(layer, point) : [];
      const others = this.panels
        .filter((each) => each !== panel && !each.owns(this.state))
        .map((each) => each.closestSaid(this.state));
      this.live.textContent = inRow([panel.label(layer), inRow(facts, ", "), ...others], ". ");
    }, QUIET_MS);
  }

  /** @param {string} name @param {unknown} value */
  commit(name, value) {
    this.cursor.commit(name, value);
  }

  commitLayer() {
    this.commit("layer", this.state.layer);
  }

  /** Whether similarities to the pinned patch cover the fill, or will as soon as they arrive. */
  get covered() {
    const { heated, pinned, similarity } = this.state;
    return heated || Boolean(this.data.pinnable && pinned && similarity);
  }

  /** @param {Partial<Pick<State, "fill" | "arrows" | "similarity">>} chosen */
  choose(chosen) {
    // A chosen fill must be visible: switch off the similarity above it until a patch is pinned again.
    const part = chosen.fill && this.covered ? { ...chosen, similarity: false } : chosen;
    this.change(part);
    for (const [name, value] of Object.entries(part)) this.commit(name, value);
  }

  /**
   * Make `panel` the reference and show the difference from it.
   * @param {Panel} panel
   */
  refer(panel) {
    this.choose({ fill: "difference" });
    this.cursor.host.refer?.(this.panels.indexOf(panel));
  }

  /** @param {number} layer */
  jump(layer) {
    if (this.locked.has("layer") || this.awaited) return;
    this.play.stop();
    this.change({ layer: Math.min(Math.max(layer, 0), this.last) });
    this.commitLayer();
  }

  /** @param {Point | null} point @param {boolean} keyboard */
  hover(point, keyboard) {
    if (isSame(this.state.hover, point) && keyboard === this.state.keyboard) return;
    this.change({ hover: point, keyboard });
  }

  /**
   * Pinning the pinned patch again unpins it: touch screens have no Esc.
   * @param {Point | null} point
   * @param {Panel | null} [panel] of the point
   */
  pin(point, panel = null) {
    if (this.locked.has("pin")) return;
    const { state } = this;
    const on = panel?.place ?? 0;
    const again = point && isSame(point, state.pinned) && on === pinnedOn(state);
    this.change({ pinned: again || !point ? null : { ...point, on }, similarity: true });
    const patch = state.pinned && patchAt(this.stories[on], state.pinned);
    this.commit("pinned", on ? null : patch);
    this.commit("beside_pinned", on ? patch : null);
    this.commit("similarity", true);
    this.asked.pinned();
    this.beside.pinned();
  }

  destroy() {
    this.present.stop();
    this.player.stop();
    this.cursor.stop();
    this.play.halt();
    clearTimeout(this.quiet);
    this.asked.stop();
    this.beside.stop();
    if (this.frame) cancelAnimationFrame(this.frame);
    this.film.stop();
    this.pictures.stop();
    this.scheme.removeEventListener("change", this.onScheme);
    this.endNarrow();
    this.endStay();
    this.element.remove();
  }
}

const roots = perRoot(Viewer);

/** Show `data` in `root`; another call on the same root updates it. */
export const render = roots.render;

/** Remove the viewer from `root`, with its timers and observers. */
export const unmount = roots.unmount;
