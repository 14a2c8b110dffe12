// The DOM around the pictures. Text only ever enters through textContent.

import { inParts, tr } from "../page/language.js";
import { SIZE_STOPS } from "./colour.js";
import { differenceShade } from "./compare.js";

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  first: "M5 4v12M15 4l-7 6 7 6z",
  back: "M13 4l-7 6 7 6z",
  play: "M6 3.5l10 6.5-10 6.5z",
  pause: "M6 4h2.5v12H6zM11.5 4H14v12h-2.5z",
  forward: "M7 4l7 6-7 6z",
  save: "M10 3v9M6 8.5l4 4 4-4M4 16.5h12",
  link: "M8.5 11.5l3-3M9 6l2-2a3.2 3.2 0 0 1 5 5l-2 2M11 14l-2 2a3.2 3.2 0 0 1-5-5l2-2",
  present: "M3 7V3.5h4M13 3.5h4V7M17 13v3.5h-4M7 16.5H3V13",
  close: "M5 5l10 10M15 5L5 15",
};

export const FILLS = [
  ["mean", tr("Mean colour")],
  ["region", tr("Regions")],
  ["size", tr("Size")],
  ["photo", tr("Photo")],
  ["difference", tr("Difference")],
];

function fillNode(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

export function element(tag, attributes = {}, ...children) {
  return fillNode(document.createElement(tag), attributes, children);
}

export function svgElement(tag, attributes = {}, ...children) {
  return fillNode(document.createElementNS(SVG, tag), attributes, children);
}

export function setIcon(button, name, label) {
  const path = svgElement("path", { d: ICONS[name] });
  const icon = svgElement("svg", { viewBox: "0 0 20 20", class: "tome-icon", "aria-hidden": "true" }, path);
  button.replaceChildren(icon);
  button.setAttribute("aria-label", label);
  button.title = label;
}

export function iconButton(icon, label, click) {
  const button = element("button", { type: "button", class: "tome-button", click });
  setIcon(button, icon, label);
  return button;
}

const SUBJECTS = { photo: tr("Photo"), frame: tr("Frame"), spectrogram: tr("Spectrogram"), text: tr("Text") };

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

function scaleOf(colours) {
  const swatches = colours.map((colour) => {
    const swatch = element("i", { class: "tome-swatch" });
    swatch.style.background = colour;
    return swatch;
  });
  return element("span", { class: "tome-scale" }, ...swatches);
}

const colourScale = () => scaleOf(SIZE_STOPS.map(([r, g, b]) => `rgb(${r} ${g} ${b})`));

const SHARES = [0.2, 0.4, 0.6, 0.8, 1];
const differenceScale = () =>
  scaleOf(SHARES.map(differenceShade).map(([r, g, b, opacity]) => `rgb(${r} ${g} ${b} / ${opacity})`));

function fillLegend({ fill, largest, subject = "photo", counted = (size) => tr("{size} patches", { size }) }) {
  if (fill === "size")
    return inParts(tr("{one} {scale} {largest}, logarithmic."), {
      one: counted(1),
      scale: colourScale(),
      largest: counted(largest),
    });
  if (fill === "difference")
    return inParts(
      tr("Coloured: patches whose group is not the reference's. The two groups share most {scale} no patch."),
      { scale: differenceScale() },
    );
  return [LEGENDS[subject][fill]];
}

function besideLegend({ low, high }) {
  return inParts(
    tr(
      "Similarity to the pinned patch, as this layer's matching compares it; both photos on one scale, {low} {scale} {high}. Outlined on the other photo: the most similar token.",
    ),
    { scale: colourScale(), low: low.toFixed(2), high: high.toFixed(2) },
  );
}

function heatLegend({ compared, photos = 1, range }) {
  if (!compared) return [tr("Nothing is compared here: similarities begin with layer 1.")];
  if (photos > 1 && range) return besideLegend(range);
  return [
    ...inParts(
      tr(
        "Similarity to the pinned patch, as this layer's matching compared it; each panel's own range, low {scale} high.",
      ),
      { scale: colourScale() },
    ),
    compared < 1 ? ` ${tr("A panel without colours has no such patch any more.")}` : "",
  ];
}

function showLegend(legend, state) {
  legend.replaceChildren(...(state.heated ? heatLegend(state) : fillLegend(state)));
  if (state.arrows) legend.append(` ${tr("Arrows lead from a merged token to the one that took it in.")}`);
}

let radioGroups = 0;

/** Fill modes, merges, save. Returns the bar and how to show a state in it. */
export function makeToolbar({ onFill, onArrows, onSave, onSimilarity = (_on) => {} }) {
  const name = `tome-fill-${++radioGroups}`;
  const radios = FILLS.map(([fill, label]) => {
    const input = element("input", { type: "radio", name, value: fill, change: () => onFill(fill) });
    return {
      fill,
      input,
      label: element("label", { hidden: fill === "difference" }, input, element("span", {}, label)),
    };
  });
  const group = element(
    "div",
    { class: "tome-fills", role: "radiogroup", "aria-label": tr("Fill") },
    ...radios.map((radio) => radio.label),
  );
  const arrows = element("input", { type: "checkbox", change: () => onArrows(arrows.checked) });
  const merges = element("label", { class: "tome-check" }, arrows, element("span", {}, tr("Merges of this layer")));
  const similarity = element("input", { type: "checkbox", change: () => onSimilarity(similarity.checked) });
  const heat = element(
    "label",
    { class: "tome-check", hidden: true },
    similarity,
    element("span", {}, tr("Similarity to the pinned patch")),
  );
  const save = element("button", { type: "button", class: "tome-button tome-save", click: onSave });
  setIcon(save, "save", tr("Save PNG"));
  save.append(element("span", {}, tr("Save PNG")));
  save.removeAttribute("aria-label");
  const legend = element("p", { class: "tome-legend" });
  return {
    bar: element("div", { class: "tome-toolbar" }, group, merges, heat, save, legend),
    save,
    arrows,
    /** Which fills and switches are there: some only a comparison has, and a text has no colours to take the mean of. */
    offer(parts) {
      const label = (fill) => radios.find((radio) => radio.fill === fill).label;
      label("difference").hidden = !parts.difference;
      label("mean").hidden = parts.subject === "text";
      heat.hidden = !parts.similarity;
      if (parts.subject) label("photo").lastChild.textContent = SUBJECTS[parts.subject];
    },
    /** `fill`, or the first one where that is not there. */
    offered: (fill) =>
      (
        radios.find((radio) => radio.fill === fill && !radio.label.hidden) ??
        radios.find((radio) => !radio.label.hidden)
      ).fill,
    show(state) {
      showLegend(legend, state);
      for (const { input } of radios) input.checked = input.value === state.fill;
      arrows.checked = state.arrows;
      similarity.checked = state.similarity ?? true;
    },
  };
}

/** The layer control: buttons, and a range under a curve of the tokens that are left. */
export function makeTransport({ onLayer, onCommit, onStep, onPlay, onRate = (_rate) => {}, onRateEnd = () => {} }) {
  const first = iconButton("first", tr("First layer"), () => onStep(-Infinity));
  const back = iconButton("back", tr("Previous layer"), () => onStep(-1));
  const play = iconButton("play", tr("Play"), onPlay);
  const forward = iconButton("forward", tr("Next layer"), () => onStep(1));
  const range = element("input", {
    type: "range",
    min: "0",
    step: "1",
    "aria-label": tr("Layer"),
    input: () => onLayer(Number(range.value)),
    change: () => onCommit(),
  });
  const curve = svgElement("svg", { class: "tome-curve", "aria-hidden": "true", preserveAspectRatio: "none" });
  curve.addEventListener("click", (event) => {
    const box = curve.getBoundingClientRect();
    onLayer(Math.round(((event.clientX - box.left) / box.width) * Number(range.max)));
    onCommit();
  });
  const readout = element("output", { class: "tome-readout" });
  const buttons = element("div", { class: "tome-buttons" }, first, back, play, forward);
  const rate = makeRate(onRate, onRateEnd);
  const scrubber = element("div", { class: "tome-scrubber" }, curve, range);
  return {
    bar: element("div", { class: "tome-transport" }, buttons, scrubber, readout, rate.row),
    range,
    curve,
    buttons,
    showRate: rate.show,
    say: rate.say,
    show(layer, last, label) {
      range.max = String(last);
      range.value = String(layer);
      range.setAttribute("aria-valuetext", label);
      readout.textContent = tr("Layer {layer} of {last}", { layer, last });
      for (const button of [first, back]) button.setAttribute("aria-disabled", String(layer === 0));
      forward.setAttribute("aria-disabled", String(layer === last));
    },
    showPlaying: (playing) => setIcon(play, playing ? "pause" : "play", playing ? tr("Pause") : tr("Play")),
  };
}

const RATE = tr("Tokens merged per layer (r)");

/** r and its schedule, hidden until `show` is given a limit; and a line for what is waited for. */
function makeRate(onRate, onRateEnd) {
  const range = element("input", {
    type: "range",
    min: "0",
    step: "1",
    "aria-label": RATE,
    title: tr("Every layer merges the r most similar pairs, up to half of its tokens."),
    input: () => told(),
    change: () => onRateEnd(),
  });
  const decreasing = element("input", {
    type: "checkbox",
    change: () => {
      told();
      onRateEnd();
    },
  });
  const value = element("output", { class: "tome-readout" });
  const status = element("p", { class: "tome-status", role: "status" });
  const told = () => onRate({ r: Number(range.value), decreasing: decreasing.checked });
  const controls = element(
    "div",
    { class: "tome-rate", hidden: true },
    element("span", { class: "tome-rate-name", "aria-hidden": "true" }, RATE),
    range,
    value,
    element(
      "label",
      {
        class: "tome-check",
        title: tr(
          "Merge 2r in the first layer, falling to 0 in the last: about as many tokens in all, but earlier, so faster.",
        ),
      },
      decreasing,
      element("span", {}, tr("Decreasing schedule")),
    ),
  );
  return {
    row: element("div", { class: "tome-rate-row" }, controls, status),
    show({ r, decreasing: falling, limit }) {
      controls.hidden = limit === null;
      range.max = String(limit ?? 0);
      range.value = String(r);
      decreasing.checked = falling;
      value.textContent = `r = ${r}`;
    },
    say(text) {
      if (status.textContent !== text) status.textContent = text;
    },
  };
}

const CURVE_HEIGHT = 40;

/** Tokens left over the layers, one line per story; the first one carries the area and the cursor. */
export function drawCurve(curve, stories, last) {
  const span = Math.max(last, 1);
  const most = Math.max(...stories.map((story) => story.layers[0].tokens));
  const height = (tokens) => (CURVE_HEIGHT - 4) * (1 - tokens / most) + 2;
  curve.setAttribute("viewBox", `0 0 ${span} ${CURVE_HEIGHT}`);
  const lines = stories.map((story) => story.layers.map(({ tokens }, i) => `${i} ${height(tokens)}`).join("L"));
  const parts = lines.map((line, i) =>
    svgElement("path", { d: `M${line}`, class: i ? "tome-line tome-other" : "tome-line" }),
  );
  const area = `M0 ${CURVE_HEIGHT}L${lines[0]}L${stories[0].last} ${CURVE_HEIGHT}Z`;
  const cursor = svgElement("path", { class: "tome-cursor" });
  const dots = svgElement("path", { class: "tome-dots" });
  curve.replaceChildren(svgElement("path", { d: area, class: "tome-area" }), ...parts.reverse(), cursor, dots);
  return (layer) => {
    cursor.setAttribute("d", `M${layer} 0V${CURVE_HEIGHT}`);
    const points = stories.map((story) => [Math.min(layer, story.last), story]);
    dots.setAttribute("d", points.map(([at, story]) => `M${at} ${height(story.layers[at].tokens)}h0.0001`).join(""));
  };
}
