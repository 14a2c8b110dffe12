// The viewer's parts: their events and their places on the page.

import { element } from "./controls.js";
import { makeExport } from "./export.js";
import { Families } from "./families.js";
import { Film } from "./film.js";
import { Frames } from "./frames.js";
import { handleKey, playFrom } from "./keys.js";
import { Panels } from "./panels.js";
import { Present } from "./present.js";
import { savePicture } from "./save.js";
import { makeCopyLink } from "./share.js";
import { Player } from "./sound.js";
import { makeToolbar } from "./toolbar.js";
import { makeTransport } from "./transport.js";

/** @import { Viewer } from "./viewer.js" */

/**
 * The bar above the pictures, with the buttons at its end.
 * @param {Viewer} viewer
 */
export function makeTools(viewer) {
  const { cursor, state } = viewer;
  const toolbar = makeToolbar({
    onFill: (fill) => viewer.choose({ fill }),
    onArrows: (arrows) => viewer.choose({ arrows }),
    onSimilarity: (similarity) => viewer.choose({ similarity }),
    onSave: () => savePicture(viewer.panels, state, toolbar.legend, () => cursor.origin()),
  });
  const share = makeCopyLink(() => cursor.settleLink());
  const figures = makeExport({
    address: (format, sizes) => cursor.figureAddress(format, sizes),
    link: () => cursor.link(),
    name: () => viewer.stories[0].name,
  });
  const present = new Present({
    step: (by) => viewer.jump(state.layer + by),
    keep: () => cursor.keep(),
    play: (target) => playFrom(viewer, target),
  });
  const actions = element("div", { class: "tome-actions" });
  toolbar.save.replaceWith(actions);
  actions.append(share.button, toolbar.save, figures.menu, present.button);
  return { toolbar, share, figures, present };
}

/**
 * The pictures.
 * @param {Viewer} viewer
 */
export function makePictures(viewer) {
  return new Panels({
    onHover: (hover, keyboard) => viewer.hover(hover, keyboard),
    onPin: (point, panel) => viewer.pin(point, panel),
    onRefer: (panel) => viewer.refer(panel),
    onDecode: () => {
      viewer.clip.forget();
      viewer.change({ fill: viewer.state.fill, pinned: viewer.state.pinned });
    },
    onResize: () => viewer.schedule(),
  });
}

/**
 * The controls below the pictures.
 * @param {Viewer} viewer
 */
export function makeControls(viewer) {
  const { state, play, asked, cursor } = viewer;
  const transport = makeTransport({
    onLayer: (layer) => {
      if (viewer.awaited) return;
      play.stop();
      viewer.change({ layer });
    },
    onCommit: () => viewer.awaited || cursor.commitAtRest("layer", state.layer),
    onStep: (step) => viewer.jump(state.layer + step),
    onPlay: () => play.toggle(),
    onTree: () => viewer.families.reveal(),
    onRate: (rate) => asked.turn(rate),
    onRateEnd: () => asked.endTurn(),
  });
  const clip = new Frames({
    onFrame: (frame) => viewer.change({ frame }),
    onCommit: () => cursor.commitAtRest("frame", state.frame),
    onPlay: () => play.stop(),
  });
  transport.bar.append(clip.row, asked.progress.row);
  return { transport, clip, film: new Film((layer) => viewer.jump(layer)), player: new Player() };
}

/**
 * The panel beside the pictures.
 * @param {Viewer} viewer
 */
export function makeFamilies(viewer) {
  return new Families({ onJump: (layer) => viewer.jump(layer), onLetGo: () => viewer.pin(null) });
}

/**
 * All parts; `live` is the live region for screen readers.
 * @param {Viewer} viewer @param {HTMLElement} live
 */
export function makeLayout(viewer, live) {
  const { cursor, asked, toolbar, pictures, player, transport, clip, film, families } = viewer;
  const under = [player.element, transport.bar, clip.element, film.element];
  const main = element("div", { class: "tome-main" }, pictures.element, ...under);
  return element(
    "div",
    {
      class: "tome-viewer",
      keydown: (event) => handleKey(viewer, event),
      focusout: () => {
        cursor.settle();
        asked.settle();
      },
    },
    element("div", { class: "tome-body" }, toolbar.bar, main, families.element, live),
  );
}
