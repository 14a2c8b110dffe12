// The viewer: one layer cursor over one or several stories. render(root, data, host) is all that a host calls;
// host.commit(name, value) tells it the layer, the pinned patch, the fill and the switches once a gesture has ended, and
// host.refer(index) the panel that the reader wants the others compared with.
// The order in which it is joined with the others into one script stands in explorer/web/scripts.py.

import { retell, tr } from "../page/language.js";
import { Asked } from "./asked.js";
import { Beside, pinnedOn } from "./beside.js";
import { countSaid, subjectOf } from "./clip.js";
import { drawCurve, element, makeToolbar, makeTransport } from "./controls.js";
import { figureAddress, makeExport } from "./export.js";
import { makeFamily } from "./family.js";
import { Film } from "./film.js";
import { Frames } from "./frames.js";
import { handleKey } from "./keys.js";
import { Panel } from "./panel.js";
import { showParts } from "./parts.js";
import { Play } from "./play.js";
import { Present } from "./present.js";
import { savePicture } from "./save.js";
import { makeCopyLink } from "./share.js";
import { Player } from "./sound.js";
import { clampLayer, layerFacts, patchAt, pointOf } from "./story.js";

const QUIET_MS = 500;
const MOST_FAMILIES = 2; // among more pictures a tree for each is lost

const viewers = new WeakMap();

class Viewer {
  constructor(root) {
    this.state = {
      layer: 0,
      frame: 0,
      hover: null,
      pinned: null,
      keyboard: false,
      fill: "mean",
      arrows: false,
      similarity: true,
      playing: false,
    };
    this.images = new Map();
    this.sources = [];
    this.committed = {};
    this.frames = 0;
    this.locked = new Set();
    this.play = new Play(this);
    this.toolbar = makeToolbar({
      onFill: (fill) => this.choose("fill", fill),
      onArrows: (arrows) => this.choose("arrows", arrows),
      onSimilarity: (similarity) => this.choose("similarity", similarity),
      onSave: () => savePicture(this.panels, this.state),
    });
    this.share = makeCopyLink(() => this.settleLink());
    this.export = makeExport({
      address: (format, width) => this.figureAddress(format, width),
      link: () => this.link(),
      name: () => this.stories[0].name,
    });
    this.present = new Present({ step: (by) => this.jump(this.state.layer + by), keep: () => this.keepCursor() });
    const actions = element("div", { class: "tome-actions" });
    this.toolbar.save.replaceWith(actions);
    actions.append(this.share.button, this.toolbar.save, this.export.menu, this.present.button);
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
    this.beside = new Beside(this);
    this.transport.bar.append(this.asked.progress.row);
    this.pictures = element("div", { class: "tome-panels" });
    this.film = new Film((layer) => this.jump(layer));
    this.clip = new Frames({
      onFrame: (frame) => this.change({ frame }),
      onCommit: () => this.commit("frame", this.state.frame),
      onPlay: () => this.play.stop(),
    });
    this.player = new Player();
    this.transport.bar.lastElementChild.before(this.clip.row);
    this.families = element("div", { class: "tome-families" });
    this.facts = element("div", { class: "tome-facts" });
    this.live = element("p", { class: "tome-live", "aria-live": "polite" });
    this.element = element(
      "div",
      { class: "tome-viewer", keydown: (event) => handleKey(this, event) },
      element(
        "div",
        { class: "tome-body" },
        this.toolbar.bar,
        element(
          "div",
          { class: "tome-main" },
          this.pictures,
          this.player.element,
          this.transport.bar,
          this.clip.element,
          this.film.element,
        ),
        this.families,
        this.live,
      ),
    );
    root.append(this.element);
    this.present.of(this.element);
    this.observer = new ResizeObserver(() => this.schedule());
    this.scheme = matchMedia("(prefers-color-scheme: dark)");
    this.onScheme = () => {
      this.readTheme();
      this.change({ fill: this.state.fill });
    };
    this.scheme.addEventListener("change", this.onScheme);
  }

  update(data, host) {
    this.host = host;
    this.data = data;
    this.export.offer(Boolean(data.ask && host.link && !data.ask.query.text));
    this.share.offer(host.link);
    if (data.ask) {
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

  settle(data) {
    this.compare({ ...data, heat: data.ask ? this.asked.heat : this.beside.heat });
    if (this.revision === undefined || data.revision !== this.revision) this.apply(data);
    this.revision = data.revision ?? null;
    this.readTheme();
    this.change(this.state);
    this.draw();
    showParts(this, data);
    this.play.resume();
  }

  /** The address of what is seen. */
  link() {
    this.settleLink();
    return this.host.link();
  }

  figureAddress(format, width) {
    const { layer, fill, arrows, pinned } = this.state;
    const view = {
      format,
      width,
      layer: Math.min(layer, ...this.stories.map((story) => story.last)),
      fill: fill === "difference" ? "mean" : fill, // which a figure cannot show
      arrows,
      pinned: pinned && patchAt(this.stories[0], pinned),
    };
    return figureAddress(this.data.ask, this.asked.rate, view, this.link());
  }

  /** Returns what puts the cursor back to where it is now. */
  keepCursor() {
    const { layer, frame, pinned, fill, arrows } = this.state;
    return () => {
      this.play.stop();
      this.change({ layer, frame, pinned, fill, arrows });
      this.commitLayer();
    };
  }

  setPanels({ panels, titles = [], notes = [], awaited = [], tags = [] }) {
    if (!panels?.length) throw new RangeError("panels must hold at least one story, got none");
    this.play.interrupt();
    const events = {
      onHover: (hover, keyboard) => this.hover(hover, keyboard),
      onPin: (point, panel) => this.pin(point, panel),
      onRefer: (panel) => this.refer(panel),
      onDecode: () => {
        this.clip.forget();
        this.change({ fill: this.state.fill, pinned: this.state.pinned });
      },
    };
    const several = panels.length > 1;
    const sources = panels.map((story, i) => JSON.stringify([tags[i] ?? story, titles[i], notes[i], several]));
    const before = this.panels ?? [];
    this.panels = panels.map((story, i) => {
      // A panel that stays as it was keeps its scene: of twelve, few change at once.
      if (sources[i] === this.sources[i]) return before[i];
      if (awaited[i] && before[i]?.shows(story, titles[i])) return before[i].wait(notes[i]);
      return new Panel(story, { title: titles[i], note: notes[i], images: this.images }, several, events);
    });
    this.sources = sources;
    const shown = new Set(panels.map((story) => story.picture.src));
    for (const src of this.images.keys()) if (!shown.has(src)) this.images.delete(src);
    this.stories = this.panels.map((panel) => panel.story);
    this.last = Math.max(...this.stories.map((story) => story.depth));
    this.state.largest = Math.max(...this.stories.map((story) => story.largest));
    const { picture } = this.stories[0];
    this.clip.load(this.stories[0]);
    this.player.load(this.stories[0], this.panels[0].canvas);
    this.state.subject = this.element.dataset.subject = subjectOf(this.stories[0]);
    this.state.counted = (size) => countSaid(this.stories[0], size);
    this.element.dataset.panels = String(panels.length);
    this.element.toggleAttribute("data-many", panels.length > 4);
    this.element.style.setProperty("--tome-aspect", picture.width / picture.height);
    this.pictures.replaceChildren(...this.panels.map((panel) => panel.figure));
    this.observer.disconnect();
    for (const { canvas } of this.panels) this.observer.observe(canvas);
    const told = this.panels.filter((panel) => !panel.note).map((panel) => panel.story);
    this.moveCursor = drawCurve(this.transport.curve, told.length ? told : this.stories, this.last);
    const count = this.stories[0].frames?.length ?? 1;
    // A point of one clip is none of another that has more frames or fewer.
    if (before[0] && (before[0].story.frames?.length ?? 1) !== count) this.state.pinned = null;
    Object.assign(this.state, {
      hover: null,
      layer: clampLayer(this.state.layer, this.last),
      frame: clampLayer(this.state.frame, count - 1),
    });
  }

  /** heat: {patch, panels: layers of each, or null}; reference: the panel that the others are compared with. */
  compare({ heat = null, reference = null, pinnable = false }) {
    const rivals = reference !== null && this.panels.length > 1;
    const rival = rivals && !this.panels[reference].waits ? this.stories[reference] : null;
    this.toolbar.offer({ difference: rivals, similarity: pinnable, subject: this.state.subject });
    this.state.fill = this.toolbar.offered(this.state.fill);
    this.state.photos = this.beside.queries ? this.panels.length : 1;
    this.panels.forEach((panel, i) => {
      panel.place = this.beside.queries && i;
      panel.compare(
        heat && { ...heat, of: this.stories[heat.on], layers: heat.panels[i] },
        reference === i || panel.waits ? null : rival,
        rivals ? reference === i : null,
      );
    });
  }

  apply({ layer, frame = 0, pinned, fill, arrows, similarity = true }) {
    const story = this.stories[0];
    const first = this.play.open(layer, pinned);
    const held = Number.isInteger(pinned) && pinned >= 0 && pinned < story.patches;
    Object.assign(this.state, {
      layer: clampLayer(first, this.last),
      frame: clampLayer(frame, (story.frames?.length ?? 1) - 1),
      pinned: held ? pointOf(story, pinned) : null,
      fill: this.toolbar.offered(fill),
      arrows: Boolean(arrows),
      similarity,
    });
    const { layer: shown, fill: filled, arrows: drawn } = this.state;
    Object.assign(this.committed, {
      layer: Number.isInteger(layer) ? shown : null,
      frame: this.state.frame,
      pinned: held ? pinned : null,
      fill: filled,
      arrows: drawn,
      similarity,
    });
  }

  readTheme() {
    const style = getComputedStyle(this.element);
    const accent = style.getPropertyValue("--tome-accent").trim();
    Object.assign(this.state, { accent, veil: style.backgroundColor, ink: style.color, font: style.fontFamily });
  }

  /** Take over `part` of the state and show what depends on it. */
  change(part) {
    const { state } = this;
    Object.assign(state, part);
    const { heated, compared } = state;
    state.heated = this.panels.some((panel) => panel.heatOf(state));
    const told = this.panels.filter((panel) => !panel.note);
    state.compared = told.filter((panel) => panel.compared(state)).length / Math.max(told.length, 1);
    const names = ["fill", "arrows", "pinned", "similarity", ...(state.photos > 1 ? ["layer"] : [])];
    const legend = names.some((name) => name in part);
    state.range = this.panels[0].heatOf(state)?.layers[clampLayer(state.layer, this.stories[0].last)];
    if (legend || state.heated !== heated || state.compared !== compared) this.toolbar.show(state);
    if ("frame" in part) {
      for (const panel of this.panels) panel.frame = state.frame;
      this.clip.show(state.frame);
    }
    if ("fill" in part || "frame" in part)
      this.film.update(this.stories.length > 1 ? null : this.panels[0].shown, state);
    if ("pinned" in part) this.showFamilies();
    if ("playing" in part) this.transport.showPlaying(state.playing);
    if ("layer" in part) {
      this.transport.show(state.layer, this.last, this.panels[0].label(state.layer));
      this.moveCursor(state.layer);
      this.film.show(state.layer);
      for (const family of this.shown) family.show(state.layer);
      this.facts.replaceChildren(...layerFacts(this.stories[0], state.layer).map((fact) => element("p", {}, fact)));
    }
    for (const panel of this.panels) panel.show(state);
    this.announce();
    this.schedule();
  }

  /** Of two photos a patch is one's alone. */
  get pinnedPanels() {
    return this.panels.filter((panel) => panel.owns(this.state));
  }

  showFamilies() {
    const { pinned, layer } = this.state;
    const several = this.panels.length > 1;
    if (this.panels.length > MOST_FAMILIES) {
      this.shown = [];
      this.families.replaceChildren();
      return;
    }
    const events = { onJump: (to) => this.jump(to), onLetGo: () => this.pin(null) };
    this.shown = !pinned
      ? []
      : this.pinnedPanels.map(({ story, title }) =>
          makeFamily(story, several ? retell(title) : "", patchAt(story, pinned), events),
        );
    const hint = tr("Pin a region to see what joined it, layer by layer.");
    this.families.replaceChildren(
      ...(several || this.state.subject !== "photo" ? [] : [this.facts]),
      ...(pinned ? this.shown.map((family) => family.section) : [element("p", { class: "tome-hint" }, hint)]),
    );
    for (const family of this.shown) family.show(layer);
  }

  schedule() {
    this.frame ??= requestAnimationFrame(() => {
      this.frame = null;
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
      const [panel] = this.pinnedPanels;
      const point = (keyboard && hover) || pinned;
      const facts = point ? panel.describe(layer, point) : [];
      const others = this.panels.filter((each) => !each.owns(this.state)).map((each) => each.closestSaid(this.state));
      this.live.textContent = [panel.label(layer), facts.join(", "), ...others].filter(Boolean).join(". ");
    }, QUIET_MS);
  }

  commit(name, value) {
    if (this.committed[name] === value) return;
    this.committed[name] = value;
    this.host.commit(name, value);
  }

  commitLayer() {
    this.commit("layer", this.state.layer);
  }

  /** Put what is seen into the link: a layer that was only played to stands nowhere yet. */
  settleLink() {
    this.play.stop();
    this.commitLayer();
    this.commit("frame", this.state.frame);
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
    this.host.refer(this.panels.indexOf(panel));
  }

  jump(layer) {
    if (this.locked.has("layer")) return;
    this.play.stop();
    this.change({ layer: Math.min(Math.max(layer, 0), this.last) });
    this.commitLayer();
  }

  hover(point, keyboard) {
    const { hover } = this.state;
    if (hover?.x === point?.x && hover?.y === point?.y && keyboard === this.state.keyboard) return;
    this.change({ hover: point, keyboard });
  }

  /** Pinning the pinned patch again lets go of it: a touch screen has no Esc. */
  pin(point, panel = null) {
    if (this.locked.has("pin")) return;
    const { pinned } = this.state;
    const on = panel?.place ?? 0;
    const again = point && pinned && point.x === pinned.x && point.y === pinned.y && on === pinnedOn(this.state);
    this.change({ pinned: again || !point ? null : { ...point, on }, similarity: true });
    const linked = this.state.pinned && !on; // a link knows the patches of one photo
    this.commit("pinned", linked ? patchAt(this.stories[0], this.state.pinned) : null);
    this.commit("similarity", true);
    this.asked.pinned();
    this.beside.pinned();
  }

  destroy() {
    this.present.stop();
    this.player.stop();
    this.play.halt();
    clearTimeout(this.quiet);
    this.asked.stop();
    this.beside.stop();
    cancelAnimationFrame(this.frame);
    this.film.cancel();
    this.observer.disconnect();
    this.scheme.removeEventListener("change", this.onScheme);
    this.element.remove();
  }
}

/** Show `data` in `root`; called again on the same root it updates what is there. */
export function render(root, data, host) {
  if (!viewers.has(root)) viewers.set(root, new Viewer(root));
  try {
    viewers.get(root).update(data, host);
  } catch (error) {
    unmount(root);
    throw error;
  }
}

/** Take the viewer out of `root`, with its timers and observers. */
export function unmount(root) {
  viewers.get(root)?.destroy();
  viewers.delete(root);
}
