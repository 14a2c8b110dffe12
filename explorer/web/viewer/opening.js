// The host's data as pictures and opening state.

import { countSaid, isOther, subjectAsked, subjectOf } from "./clip.js";
import { drawCurve } from "./curve.js";
import { fitted, pointAgain } from "./narrow.js";
import { clampLayer, hasDropped, pointOf } from "./story.js";

const framesOf = (story) => story.frames?.length ?? 1;

/** Offer the fills of the pictures that `query` asks for. */
export function awaitPanels({ toolbar }, query) {
  toolbar.offer({ difference: false, similarity: false, subject: subjectAsked(query) });
}

/** Show new pictures, keeping the cursor as far as it is valid for them. */
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
    thin: Boolean(story.sound),
    counted: (size) => countSaid(story, size),
    hover: null,
    pinned: before && isOther(before, story) ? null : pointAgain(before, story, state.pinned),
    layer: clampLayer(state.layer, pictures.last),
    frame: clampLayer(state.frame, count - 1),
  });
}

/** Compare the panels as requested by the host, and offer the controls of comparisons. */
export function comparePanels({ pictures, toolbar, state, asked, beside }, { ask, reference, pinnable, heat }) {
  const two = Boolean(beside.queries);
  const known = heat ?? beside.heat; // a saved page holds that of one patch
  const rivals = pictures.compare(ask ? asked.heat : known, reference ?? null, two);
  state.photos = two ? pictures.list.length : 1;
  toolbar.offer({ difference: rivals, similarity: pinnable ?? false, subject: state.subject });
  state.fill = toolbar.offered(state.fill);
}

/** Set the host's opening state, without reporting it back. */
export function openAt(viewer, { layer, frame = 0, pinned, fill, arrows, similarity = true }) {
  const { state, pictures, toolbar, cursor } = viewer;
  const [story] = pictures.stories;
  const held = Number.isInteger(pinned) && pinned >= 0 && pinned < story.patches;
  Object.assign(state, {
    layer: clampLayer(viewer.play.open(layer, pinned), pictures.last),
    frame: clampLayer(frame, framesOf(story) - 1),
    pinned: held ? pointOf(story, pinned) : null,
    fill: toolbar.offered(fill),
    arrows: Boolean(arrows),
    similarity,
  });
  Object.assign(cursor.committed, {
    layer: Number.isInteger(layer) ? state.layer : null,
    frame: state.frame,
    pinned: held ? pinned : null,
    fill: state.fill,
    arrows: state.arrows,
    similarity,
  });
}
