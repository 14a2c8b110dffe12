// The host's data as pictures and opening state.

import { countSaid, isOther, subjectAsked, subjectOf } from "./clip.js";
import { meanColour } from "./colour.js";
import { drawCurve } from "./curve.js";
import { fitted, pointAgain } from "./narrow.js";
import { clampLayer, hasDropped, pointOf } from "./story.js";

/**
 * @import { Shown } from "./panels.js"
 * @import { Values } from "./records.js"
 * @import { Story } from "./story.js"
 * @import { Data, Start, Viewer } from "./viewer.js"
 */

/** @param {Story} story */
const framesOf = (story) => story.frames?.length ?? 1;

/**
 * Offer the fills of the pictures that `query` asks for.
 * @param {Viewer} viewer @param {Values} query
 */
export function awaitPanels({ toolbar }, query) {
  toolbar.offer({ difference: false, similarity: false, subject: subjectAsked(query) });
}

/**
 * Show new pictures, keeping the cursor as far as it is valid for them.
 * @param {Viewer} viewer @param {Shown} data
 */
export function loadPanels(viewer, data) {
  const { pictures, state, element } = viewer;
  const [before] = pictures.stories;
  viewer.play.interrupt();
  pictures.load({ ...data, panels: data.panels?.map(fitted) });
  const [story] = pictures.stories;
  viewer.clip.load(story);
  viewer.player.load(story, pictures.list[0].canvas);
  const told = pictures.told.map((panel) => panel.story);
  viewer.moveCursor = drawCurve(viewer.transport.curve, told.length ? told : pictures.stories, pictures.last);
  element.dataset.subject = subjectOf(story);
  element.dataset.panels = String(pictures.list.length);
  element.toggleAttribute("data-many", pictures.many);
  element.style.setProperty("--tome-aspect", String(story.picture.width / story.picture.height));
  const count = framesOf(story);
  Object.assign(state, {
    largest: pictures.largest,
    dropped: pictures.stories.some(hasDropped),
    subject: subjectOf(story),
    ground: meanColour(story.colours),
    thin: Boolean(story.sound),
    /** @param {number} size */
    counted: (size) => countSaid(story, size),
    hover: null,
    pinned: before && isOther(before, story) ? null : pointAgain(before, story, state.pinned),
    layer: clampLayer(state.layer, pictures.last),
    frame: clampLayer(state.frame, count - 1),
  });
}

/**
 * Compare the panels as requested by the host, and offer the controls of comparisons.
 * @param {Viewer} viewer @param {Data} data
 */
export function comparePanels({ pictures, toolbar, state, asked, beside }, { ask, reference, pinnable, heat }) {
  const two = Boolean(beside.queries);
  const known = heat ?? beside.heat; // a saved page holds that of one patch
  const rivals = pictures.compare(ask ? asked.heat : known, reference ?? null, two);
  state.photos = two ? pictures.list.length : 1;
  toolbar.offer({ difference: rivals, similarity: pinnable ?? false, subject: state.subject });
  state.fill = toolbar.offered(state.fill);
}

/** @param {Story} story @param {number | null | undefined} patch @returns {patch is number} */
function holds(story, patch) {
  return typeof patch === "number" && Number.isInteger(patch) && patch >= 0 && patch < story.patches;
}

/**
 * Set the host's opening state, without reporting it back. `pinned` is a patch of the first picture, `beside_pinned` of
 * the second of two photos.
 * @param {Viewer} viewer @param {Partial<Start>} start
 */
export function openAt(viewer, { layer, frame = 0, pinned, beside_pinned, fill, arrows, similarity = true }) {
  const { state, pictures, toolbar, cursor, beside } = viewer;
  const [story, second] = pictures.stories;
  const there = Boolean(beside.queries) && holds(second, beside_pinned);
  const held = !there && holds(story, pinned);
  Object.assign(state, {
    layer: clampLayer(viewer.play.open(layer, pinned), pictures.last),
    frame: clampLayer(frame, framesOf(story) - 1),
    pinned: there ? { ...pointOf(second, beside_pinned), on: 1 } : held ? pointOf(story, pinned) : null,
    fill: toolbar.offered(fill),
    arrows: Boolean(arrows),
    similarity,
  });
  Object.assign(cursor.committed, {
    layer: Number.isInteger(layer) ? state.layer : null,
    frame: state.frame,
    pinned: held ? pinned : null,
    beside_pinned: there ? beside_pinned : null,
    fill: state.fill,
    arrows: state.arrows,
    similarity,
  });
}
