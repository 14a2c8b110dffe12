// The legend of colours and marks on the picture.

import { inParts, tr } from "../page/language.js";
import { endsOf } from "../page/number.js";
import { colourScale, differenceScale } from "./scale.js";

/**
 * @import { Subject } from "./clip.js"
 * @import { Range } from "./compare.js"
 * @import { Fill, State } from "./state.js"
 *
 * @typedef {Pick<State, "fill" | "largest" | "dropped">} Filled
 */

/** @type {{ [subject in Subject]: { mean?: string, region: string, photo: string } }} */
const LEGENDS = {
  photo: {
    mean: tr("Merged tokens: their mean colour. Single patches: the photo."),
    region: tr("A region keeps its hue as it grows. Single patches: the photo."),
    photo: tr("The photo, with the borders of the regions."),
  },
  frame: {
    mean: tr("Merged tokens: their mean colour. Single patches: the frame."),
    region: tr("A region keeps its hue as it grows. Single patches: the frame."),
    photo: tr("The frame, with the borders of the regions."),
  },
  spectrogram: {
    mean: tr("Merged tokens: their mean colour. What never merged: the spectrogram."),
    region: tr("A region keeps its hue as it grows. What never merged: the spectrogram."),
    photo: tr("The spectrogram, with the borders of the regions."),
  },
  text: {
    region: tr("A token keeps its hue as it grows. Grey, each in a frame: single words."),
    photo: tr("The text, with the borders of the regions."),
  },
};

/** Where tokens are only dropped, none of them has merged. */
const KEPT = {
  photo: tr("Kept tokens: the photo."),
  frame: tr("Kept tokens: the frame."),
  spectrogram: tr("Kept tokens: the spectrogram."),
  text: tr("Grey, each in a frame: kept words."),
};
const THIN = tr("The spectrogram, without the colours of tokens.");

/** @param {Filled & Partial<Pick<State, "subject" | "ground" | "thin" | "counted">>} state */
export function fillLegend({
  fill,
  largest,
  dropped,
  subject = "photo",
  ground = [],
  thin = false,
  counted = (size) => tr("{size} patches", { size }),
}) {
  if (fill === "size")
    return inParts(tr("{one} {scale} {largest}, logarithmic."), {
      one: counted(1),
      scale: colourScale(),
      largest: counted(largest),
    });
  if (fill === "difference")
    return inParts(
      tr(
        "Coloured: patches whose group is not the reference's. The two groups have in common: most patches {scale} this one alone.",
      ),
      { scale: differenceScale(ground) },
    );
  if (fill === "photo") return [thin ? THIN : LEGENDS[subject].photo];
  return [dropped && largest === 1 ? KEPT[subject] : (LEGENDS[subject][fill] ?? "")];
}

/** @param {Pick<State, "dropped">} state */
export const holesLegend = ({ dropped }) => (dropped ? ` ${tr("Hatched: dropped.")}` : "");

/** @param {Range} range */
function besideLegend({ low, high }) {
  const [from, to] = endsOf({ low, high });
  return inParts(
    tr(
      "Similarity to the pinned patch, as this layer's matching compares it; both photos on one scale, {low} {scale} {high}. Outlined on the other photo: the most similar token.",
    ),
    { scale: colourScale(), low: from, high: to },
  );
}

/** @param {State} state */
function heatLegend({ compared, photos, range }) {
  if (!compared) return [tr("Nothing is compared here: similarities begin with layer 1.")];
  if (photos > 1 && range) return besideLegend(range);
  return [
    ...inParts(
      tr(
        "Similarity to the pinned patch, as this layer's matching compared it; each panel's own range, low {scale} high.",
      ),
      { scale: colourScale() },
    ),
    compared < 1 ? ` ${tr("A panel without colours has dropped this patch.")}` : "",
  ];
}

/** @param {HTMLElement} legend @param {State} state */
export function showLegend(legend, state) {
  legend.replaceChildren(...(state.heated ? heatLegend(state) : fillLegend(state)), holesLegend(state));
  if (state.arrows) legend.append(` ${tr("Arrows lead from a merged token to the one that took it in.")}`);
}
