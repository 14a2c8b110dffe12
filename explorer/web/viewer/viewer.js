// The viewer: one layer cursor over one or several stories. render(root, data, host) is all that a host calls;
// host.commit(name, value) tells it the layer, the pinned patch, the fill and the switches once a gesture has ended, and
// host.refer(index) the panel that the reader wants the others compared with.

import { Asked } from "./asked.js";
import { countSaid, subjectOf } from "./clip.js";
import { element } from "./controls.js";
import { Cursor } from "./cursor.js";
import { drawCurve } from "./curve.js";
import { makeExport } from "./export.js";
import { Families } from "./families.js";
import { Film } from "./film.js";
import { Frames } from "./frames.js";
import { handleKey } from "./keys.js";
import { makeLayout, placeActions } from "./layout.js";
import { Panels } from "./panels.js";
import { showParts } from "./parts.js";
import { Play } from "./play.js";
import { Present } from "./present.js";
import { perRoot } from "./roots.js";
import { savePicture } from "./save.js";
import { makeCopyLink } from "./share.js";
import { Player } from "./sound.js";
import { isSame, startState, themeOf } from "./state.js";
import { clampLayer, patchAt, pointOf } from "./story.js";
import { makeToolbar } from "./toolbar.js";
import { makeTransport } from "./transport.js";

const QUIET_MS = 500;

class Viewer {
  constructor(root) {
    this.state = startState();
    this.frames = 0;
    this.locked = new Set();
    this.cursor = new Cursor(this);
    this.play = new Play(this);
    this.makeToolbar();
    this.makeTransport();
    this.pictures = new Panels({
      onHover: (hover, keyboard) => this.hover(hover, keyboard),
      onPin: (point) => this.pin(point),
      onRefer: (panel) => this.refer(panel),
      onDecode: () => {
        this.clip.forget();
        this.change({ fill: this.state.fill, pinned: this.state.pinned });
      },
      onResize: () => this.schedule(),
    });
    this.families = new Families({ onJump: (to) => this.jump(to), onLetGo: () => this.pin(null) });
    this.live = element("p", { class: "tome-live", "aria-live": "polite" });
    const { pictures, player, transport, clip, film } = this;
    this.element = makeLayout(
      {
        toolbar: this.toolbar.bar,
        main: [pictures.element, player.element, transport.bar, clip.element, film.element],
        families: this.families.element,
        live: this.live,
      },
      (event) => handleKey(this, event),
    );
    root.append(this.element);
    this.present.of(this.element);
    this.followScheme();
  }

  makeToolbar() {
    this.toolbar = makeToolbar({
      onFill: (fill) => this.choose("fill", fill),
      onArrows: (arrows) => this.choose("arrows", arrows),
      onSimilarity: (similarity) => this.choose("similarity", similarity),
      onSave: () => savePicture(this.panels, this.state),
    });
    this.share = makeCopyLink(() => this.cursor.settleLink());
    this.export = makeExport({
      address: (format, width) => this.cursor.figureAddress(format, width),
      link: () => this.cursor.link(),
      name: () => this.stories[0].name,
    });
    this.present = new Present({ step: (by) => this.jump(this.state.layer + by), keep: () => this.cursor.keep() });
    placeActions(this.toolbar, this.share.button, this.export.menu, this.present.button);
  }

  makeTransport() {
    this.transport = makeTransport({
      onLayer: (layer) => {
        this.play.stop();
        this.change({ layer });
      },
      onCommit: () => this.commitLayer(),
      onStep: (step) => this.jump(this.state.layer + step),
      onPlay: () => this.play.toggle(),
      onRate: (rate) => this.asked.turn(rate),
      onRateEnd: () => this.asked.endTurn(),
    });
    this.asked = new Asked(this);
    this.transport.bar.append(this.asked.progress.row);
    this.film = new Film((layer) => this.jump(layer));
    this.clip = new Frames({
      onFrame: (frame) => this.change({ frame }),
      onCommit: () => this.commit("frame", this.state.frame),
      onPlay: () => this.play.stop(),
    });
    this.player = new Player();
    this.transport.bar.lastElementChild.before(this.clip.row);
  }

  followScheme() {
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => {
      Object.assign(this.state, themeOf(this.element));
      this.change({ fill: this.state.fill });
    };
    this.scheme.addEventListener("change", this.onScheme);
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

  update(data, host) {
    this.cursor.host = host;
    this.data = data;
    this.export.offer(Boolean(data.ask && host.link && !data.ask.query.text));
    this.share.offer(host.link);
    if (data.ask) {
      this.asked.follow(data);
      return;
    }
    const source = JSON.stringify([data.panels, data.titles, data.notes, data.awaited]);
    if (source !== this.source) this.setPanels(data);
    this.source = source;
    this.settle(data);
  }

  settle(data) {
    const { state } = this;
    const rivals = this.pictures.compare((data.ask ? this.asked.heat : data.heat) ?? null, data.reference ?? null);
    this.toolbar.offer({ difference: rivals, similarity: data.pinnable ?? false, subject: state.subject });
    state.fill = this.toolbar.offered(state.fill);
    if (this.revision === undefined || data.revision !== this.revision) this.apply(data);
    this.revision = data.revision ?? null;
    Object.assign(state, themeOf(this.element));
    this.change(state);
    this.draw();
    showParts(this, data);
    this.play.resume();
  }

  setPanels(data) {
    const [before] = this.stories;
    const { pictures, state } = this;
    this.play.interrupt();
    pictures.load(data);
    const [story] = pictures.stories;
    this.clip.load(story);
    this.player.load(story, pictures.list[0].canvas);
    const told = pictures.told.map((panel) => panel.story);
    this.moveCursor = drawCurve(this.transport.curve, told.length ? told : pictures.stories, this.last);
    this.element.dataset.subject = subjectOf(story);
    this.element.dataset.panels = String(pictures.list.length);
    this.element.toggleAttribute("data-many", pictures.many);
    this.element.style.setProperty("--tome-aspect", String(story.picture.width / story.picture.height));
    const count = framesOf(story);
    Object.assign(state, {
      largest: pictures.largest,
      subject: subjectOf(story),
      counted: (size) => countSaid(story, size),
      hover: null,
      // A point of one clip is none of another that has more frames or fewer.
      pinned: before && framesOf(before) !== count ? null : state.pinned,
      layer: clampLayer(state.layer, this.last),
      frame: clampLayer(state.frame, count - 1),
    });
  }

  /** Open where the host says. */
  apply({ layer, frame = 0, pinned, fill, arrows, similarity = true }) {
    const { state } = this;
    const [story] = this.stories;
    const first = this.play.open(layer, pinned);
    const held = Number.isInteger(pinned) && pinned >= 0 && pinned < story.patches;
    Object.assign(state, {
      layer: clampLayer(first, this.last),
      frame: clampLayer(frame, framesOf(story) - 1),
      pinned: held ? pointOf(story, pinned) : null,
      fill: this.toolbar.offered(fill),
      arrows: Boolean(arrows),
      similarity,
    });
    Object.assign(this.cursor.committed, {
      layer: Number.isInteger(layer) ? state.layer : null,
      frame: state.frame,
      pinned: held ? pinned : null,
      fill: state.fill,
      arrows: state.arrows,
      similarity,
    });
  }

  /** Take over `part` of the state and show what depends on it. */
  change(part) {
    const { state } = this;
    Object.assign(state, part);
    const { heated, compared } = state;
    Object.assign(state, this.pictures.heatOf(state));
    const legend = ["fill", "arrows", "pinned", "similarity"].some((name) => name in part);
    if (legend || state.heated !== heated || state.compared !== compared) this.toolbar.show(state);
    if ("frame" in part) {
      for (const panel of this.panels) panel.frame = state.frame;
      this.clip.show(state.frame);
    }
    if ("fill" in part || "frame" in part) this.film.update(this.pictures.several ? null : this.panels[0].shown, state);
    if ("pinned" in part) this.families.pin(this.panels, state);
    if ("playing" in part) this.transport.showPlaying(state.playing);
    if ("layer" in part) this.showLayer(state.layer);
    for (const panel of this.panels) panel.show(state);
    this.announce();
    this.schedule();
  }

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
      const [panel] = this.panels;
      const point = (keyboard && hover) || pinned;
      const facts = point ? panel.describe(layer, point) : [];
      this.live.textContent = [panel.label(layer), facts.join(", ")].filter(Boolean).join(". ");
    }, QUIET_MS);
  }

  commit(name, value) {
    this.cursor.commit(name, value);
  }

  commitLayer() {
    this.commit("layer", this.state.layer);
  }

  choose(name, value) {
    // A fill that is asked for must be seen: the similarity lies over it until a patch is pinned again.
    const part = name === "fill" && this.state.heated ? { fill: value, similarity: false } : { [name]: value };
    this.change(part);
    for (const [each, chosen] of Object.entries(part)) this.commit(each, chosen);
  }

  /** Compare the others with `panel`, and show how: who asks for a comparison wants to see it. */
  refer(panel) {
    this.choose("fill", "difference");
    this.cursor.host.refer?.(this.panels.indexOf(panel));
  }

  jump(layer) {
    if (this.locked.has("layer")) return;
    this.play.stop();
    this.change({ layer: Math.min(Math.max(layer, 0), this.last) });
    this.commitLayer();
  }

  hover(point, keyboard) {
    if (isSame(this.state.hover, point) && keyboard === this.state.keyboard) return;
    this.change({ hover: point, keyboard });
  }

  /** Pinning the pinned patch again lets go of it: a touch screen has no Esc. */
  pin(point) {
    if (this.locked.has("pin")) return;
    const { state } = this;
    const again = point && isSame(point, state.pinned);
    this.change({ pinned: again ? null : point, similarity: true });
    this.commit("pinned", state.pinned && patchAt(this.stories[0], state.pinned));
    this.commit("similarity", true);
    this.asked.pinned();
  }

  destroy() {
    this.present.stop();
    this.player.stop();
    this.play.halt();
    clearTimeout(this.quiet);
    this.asked.stop();
    if (this.frame) cancelAnimationFrame(this.frame);
    this.film.cancel();
    this.pictures.stop();
    this.scheme?.removeEventListener("change", this.onScheme);
    this.element.remove();
  }
}

const framesOf = (story) => story.frames?.length ?? 1;

const roots = perRoot(Viewer);

/** Show `data` in `root`; called again on the same root it updates what is there. */
export const render = roots.render;

/** Take the viewer out of `root`, with its timers and observers. */
export const unmount = roots.unmount;
