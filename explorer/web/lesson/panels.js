// What stands beside the photo, one panel per step. A panel is { element, show(state) }; state: r, active, known.

import { inParts, tr } from "../page/language.js";
import { element, svgElement } from "../viewer/controls.js";
import { endsOf, makeColumns, thumbnail } from "./columns.js";
import {
  attentionShares,
  averageOf,
  channelOf,
  groupsAt,
  legibleEdges,
  mixing,
  nameOf,
  nearestTokens,
  orderAfter,
  PREFIX,
  rowOf,
  SET_A,
  setAt,
} from "./match.js";

const ROOM = 9;

export const number = (name, value) => element("b", { "data-number": name }, String(value));
const percent = (share) => `${(100 * share).toFixed(1)} %`;

function keyStrip(lesson, token, words) {
  const bars = Array.from({ length: lesson.dimension }, (_, i) => {
    const value = lesson.keys[token * lesson.dimension + i] / 127;
    return `M${i + 0.5} 0V${(-value).toFixed(3)}`;
  });
  return element(
    "div",
    { class: "lesson-key" },
    thumbnail(lesson, token),
    element(
      "div",
      {},
      element("p", {}, ...words),
      svgElement(
        "svg",
        {
          viewBox: `0 -1 ${lesson.dimension} 2`,
          preserveAspectRatio: "none",
          "aria-hidden": "true",
          class: "lesson-strip",
        },
        svgElement("path", { d: `M0 0H${lesson.dimension}`, class: "lesson-axis" }),
        svgElement("path", { d: bars.join("") }),
      ),
    ),
  );
}

/** Step 1: the key of the token, of its most similar partner and of its least similar one. */
function keysPanel(lesson) {
  const box = element("div", { class: "lesson-keys" });
  let shown;
  return {
    element: box,
    show({ active, known }) {
      const wanted = `${active} ${known.partners}`;
      if (wanted === shown) return;
      shown = wanted;
      const row = rowOf(lesson, active);
      const compare =
        row.length > 1
          ? [
              [row[0], "most", tr("{token}, most similar: cosine {value}")],
              [row.at(-1), "least", tr("{token}, least similar: cosine {value}")],
            ].slice(known.partners ? 0 : 1)
          : [];
      box.replaceChildren(
        keyStrip(lesson, active, [tr("Key of {token}", { token: nameOf(lesson, active) })]),
        ...compare.map(([entry, which, words]) =>
          keyStrip(
            lesson,
            entry.token,
            inParts(words, { token: nameOf(lesson, entry.token), value: number(which, entry.similarity.toFixed(4)) }),
          ),
        ),
        element(
          "p",
          { class: "lesson-note" },
          tr("Bars: the numbers of the key. Where they rise and fall together, the cosine is near 1."),
          known.partners || row.length < 2 ? "" : ` ${tr("Which key is most similar? Step 3 asks.")}`,
        ),
      );
    },
  };
}

/** Steps 2 to 4: both sets as columns; a legible part of them, or all. */
function columnsPanel(lesson, step, events) {
  const holder = element("div", { class: "lesson-scroll", tabindex: "-1" });
  const toggle = element("button", {
    type: "button",
    class: "lesson-link",
    click: () => {
      all = !all;
      key = null;
      panel.show(state);
    },
  });
  const note = element("p", { class: "lesson-note" });
  let [all, key, columns, state] = [false, null, null, null];
  const panel = {
    element: element(
      "div",
      {},
      element(
        "div",
        { class: "lesson-heads" },
        element("span", { class: "lesson-a" }, "A: ", number("a", lesson.a.length)),
        element("span", { class: "lesson-b" }, "B: ", number("b", lesson.b.length)),
      ),
      holder,
      element("div", { class: "lesson-foot" }, note, toggle),
    ),
    show(next) {
      state = next;
      const { edges, a, b, words } = all
        ? {
            edges: step > 1 ? lesson.edges : [],
            ...lesson,
            words: tr("All {a} A tokens and {b} B tokens.", { a: lesson.a.length, b: lesson.b.length }),
          }
        : partOf(lesson, step, state);
      const wanted = `${all} ${a} ${b} ${edges.map((edge) => edge.rank)}`;
      if (wanted !== key) {
        columns = makeColumns(lesson, edges, { a, b, small: all, events });
        holder.replaceChildren(columns.element);
        key = wanted;
      }
      note.textContent = words;
      toggle.textContent = all ? tr("Show a few") : tr("Show all");
      columns.show(step === 3 ? state.r : Infinity, state.active);
    },
  };
  return panel;
}

/** What columns show of a layer at `step`; before step 4 nothing in it tells which edges are the best. */
function partOf(lesson, step, { held, known }) {
  if (step === 1) {
    const near = nearestTokens(lesson, held, ROOM);
    return {
      edges: [],
      ...near,
      words: tr("{count} of {all} tokens: those next to {token} in the list.", {
        count: near.a.length + near.b.length,
        all: lesson.a.length + lesson.b.length,
        token: nameOf(lesson, held),
      }),
    };
  }
  const edges = legibleEdges(lesson, held, ROOM, known.ranks ? undefined : ({ source }) => Math.abs(source - held));
  const counts = { count: edges.length, all: lesson.edges.length };
  return {
    edges,
    ...endsOf(edges),
    words: known.ranks
      ? tr("{count} of {all} edges: the token's own and the strongest.", counts)
      : tr("{count} of {all} edges: the token's own and the nearest.", counts),
  };
}

/** Step 4: similarity over rank, and where r cuts it. */
function curveOf(lesson) {
  const count = lesson.edges.length;
  const scores = lesson.edges.map((edge) => edge.similarity);
  const [low, high] = [Math.min(...scores), Math.max(...scores)];
  const y = (score) => (high > low ? (96 * (high - score)) / (high - low) + 2 : 50);
  const steps = scores.map((score, i) => `${i ? "L" : "M"}${i} ${y(score).toFixed(2)}H${i + 1}`).join("");
  const kept = svgElement("rect", { x: 0, y: 0, height: 100, class: "lesson-kept" });
  const cut = svgElement("path", { class: "lesson-cut" });
  const words = element("p", { class: "lesson-note" });
  const svg = svgElement(
    "svg",
    {
      viewBox: `0 0 ${Math.max(count, 1)} 100`,
      preserveAspectRatio: "none",
      class: "lesson-curve",
      role: "img",
      "aria-label": tr("Similarity of the {count} edges, sorted: from {high} down to {low}", {
        count,
        high: high.toFixed(4),
        low: low.toFixed(4),
      }),
    },
    kept,
    svgElement("path", { d: steps, class: "lesson-slope" }),
    cut,
  );
  return {
    element: element("div", { class: "lesson-sorted" }, svg, words),
    show({ r }) {
      kept.setAttribute("width", r);
      cut.setAttribute("d", `M${r} 0V100`);
      const last = r
        ? inParts(tr("Last that merges: {last}."), { last: number("last", scores[r - 1].toFixed(4)) })
        : [tr("None merges.")];
      const next =
        r < count ? inParts(tr("First beyond r: {next}."), { next: number("first-out", scores[r].toFixed(4)) }) : [];
      const range = tr("Sorted from {high} to {low}.", { high: high.toFixed(4), low: low.toFixed(4) });
      words.replaceChildren(range, " ", ...last, " ", ...next);
    },
  };
}

function sortPanel(lesson, step, events) {
  const [curve, columns] = [curveOf(lesson), columnsPanel(lesson, step, events)];
  return {
    element: element("div", {}, curve.element, columns.element),
    show(state) {
      curve.show(state);
      columns.show(state);
    },
  };
}

/** Step 5: one group, its members, their weights and their mean; and what attention makes of sizes. */
function mergePanel(lesson, commitSwitch) {
  const table = element("table", { class: "lesson-average" });
  const title = element("p", {});
  const attention = attentionPanel(lesson, commitSwitch);
  return {
    element: element("div", {}, title, element("div", { class: "lesson-scroll" }, table), attention.element),
    show({ r, active, weighted }) {
      const groups = groupsAt(lesson, r);
      const shared = [...groups.values()].filter((sources) => sources.length > 1).length;
      const own = groups.has(active)
        ? active
        : lesson.edgeFrom.get(active)?.rank < r
          ? lesson.edgeFrom.get(active).destination
          : null;
      const destination = own ?? [...groups.keys()].sort((x, y) => groups.get(y).length - groups.get(x).length)[0];
      const counts = { shared: number("shared", shared), all: groups.size };
      title.replaceChildren(
        ...(shared === 1
          ? inParts(tr("{shared} of {all} B tokens was chosen by several A tokens."), counts)
          : inParts(tr("{shared} of {all} B tokens were chosen by several A tokens."), counts)),
        " ",
        destination === undefined ? "" : own === null ? tr("For example:") : tr("The group of the token you chose:"),
      );
      table.replaceChildren(
        ...(destination === undefined ? [] : averageRows(lesson, [destination, ...groups.get(destination)])),
      );
      attention.show(weighted);
    },
  };
}

function averageRows(lesson, tokens) {
  const { size, mean } = averageOf(lesson, tokens);
  const cells = (tag, texts) => texts.map((text) => element(tag, {}, text));
  const channels = Array.from({ length: lesson.channels }, (_, channel) => channel);
  const head = element(
    "tr",
    {},
    ...cells("th", ["", tr("token"), tr("size"), tr("weight"), ...channels.map((channel) => `x${channel}`)]),
  );
  const rows = tokens.map((token) =>
    element(
      "tr",
      {},
      element("td", {}, thumbnail(lesson, token, 28)),
      ...cells("td", [
        nameOf(lesson, token),
        String(lesson.sizes[token]),
        `${lesson.sizes[token]}/${size}`,
        ...channels.map((channel) => channelOf(lesson, token, channel).toFixed(3)),
      ]),
    ),
  );
  const sum = element(
    "tr",
    { class: "lesson-sum" },
    ...cells("td", ["", tr("one token")]),
    element("td", { "data-number": "size" }, String(size)),
    element("td", {}, "1"),
    ...mean.map((value, channel) => element("td", { "data-number": `mean-${channel}` }, value.toFixed(3))),
  );
  const note = element(
    "caption",
    {},
    tr("x0 to x{channels}: the first of the token's {width} numbers.", {
      channels: lesson.channels - 1,
      width: lesson.width,
    }),
  );
  return [note, element("thead", {}, head), element("tbody", {}, ...rows, sum)];
}

function attentionPanel(lesson, commitSwitch) {
  const shares = attentionShares(lesson);
  const input = element("input", { type: "checkbox", role: "switch", change: () => commitSwitch(input.checked) });
  const words = element("p", {});
  const whole = element("p", {});
  const whose = element(
    "p",
    { class: "lesson-note" },
    tr(
      "These numbers belong to the page's r (sidebar): attention to what the layers before merged, " +
        "the cosine to the whole run. This layer's slider does not change them.",
    ),
  );
  return {
    element: element(
      "div",
      { class: "lesson-attention" },
      element("label", { class: "tome-check" }, input, element("span", {}, tr("Proportional attention"))),
      words,
      whole,
      whose,
    ),
    show(weighted) {
      input.checked = weighted;
      const said =
        lesson.prefix[0] === "class token"
          ? [
              tr(
                "The class token's attention to the {tokens} tokens of several patches in this layer: {share} with log size added; the same patches get {plain} in the model without merging.",
              ),
              tr(
                "The class token's attention to the {tokens} tokens of several patches in this layer: {share} without; the same patches get {plain} in the model without merging.",
              ),
            ]
          : [
              tr(
                "Attention to the {tokens} tokens of several patches in this layer: {share} with log size added; the same patches get {plain} in the model without merging.",
              ),
              tr(
                "Attention to the {tokens} tokens of several patches in this layer: {share} without; the same patches get {plain} in the model without merging.",
              ),
            ];
      words.replaceChildren(
        ...(!shares.tokens
          ? [
              tr(
                "In this layer every token that comes in is still one patch, so sizes change nothing yet: look at a later layer.",
              ),
            ]
          : inParts(said[weighted ? 0 : 1], {
              tokens: shares.tokens,
              share: number("share", percent(weighted ? shares.proportional : shares.unweighted)),
              plain: number("share-plain", percent(shares.unmerged)),
            })),
      );
      const fidelity = lesson.fidelity;
      whole.replaceChildren(
        ...(!fidelity
          ? []
          : inParts(
              weighted
                ? tr("After the last layer, cosine to the features of the model without merging: {value}.")
                : tr(
                    "After the last layer, cosine to the features of the model without merging: {value}, against {other} with it.",
                  ),
              {
                value: number("fidelity", fidelity[weighted ? "proportional" : "unweighted"].toFixed(4)),
                other: fidelity.proportional.toFixed(4),
              },
            )),
      );
    },
  };
}

/** Step 6: the list of tokens before and after, each coloured by the set it falls into. */
function orderPanel(lesson, onNext) {
  const before = svgElement("svg", { class: "lesson-list", preserveAspectRatio: "none", role: "img" });
  const after = before.cloneNode();
  const words = element("p", {});
  const next = element(
    "button",
    { type: "button", class: "tome-button lesson-next", click: onNext },
    lesson.layer < lesson.depth ? tr("On to layer {layer}", { layer: lesson.layer + 1 }) : tr("Back to layer 1"),
  );
  const paint = (svg, sets, label) => {
    svg.setAttribute("viewBox", `0 0 ${sets.length} 10`);
    svg.setAttribute("aria-label", label);
    svg.replaceChildren(
      ...[PREFIX, SET_A, SET_A + 1].map((set) =>
        svgElement("path", {
          class: ["lesson-fill-prefix", "lesson-fill-a", "lesson-fill-b"][set],
          d: sets
            .flatMap((own, i) =>
              own === set ? [`M${i} ${set === 1 ? 0 : set === 2 ? 5 : 0}h1v${set ? 5 : 10}h-1z`] : [],
            )
            .join(""),
        }),
      ),
    );
  };
  return {
    element: element(
      "div",
      {},
      element("p", { class: "lesson-note" }, tr("Input order, split in this layer")),
      before,
      element("p", { class: "lesson-note" }, tr("After the merge: prefix, the rest of A, then B")),
      after,
      element("p", { class: "lesson-note" }, tr("The same list as the next layer splits it: even positions are A")),
      element("div", { class: "lesson-resplit" }),
      words,
      next,
    ),
    show({ r }) {
      const order = orderAfter(lesson, r);
      const { moved, tokens, fresh, all } = mixing(lesson, r);
      paint(before, Array.from(lesson.set), tr("{count} tokens, A and B in turn", { count: lesson.tokens }));
      paint(
        after,
        order.map(([token]) => lesson.set[token]),
        tr("{count} tokens: prefix, rest of A, B", { count: order.length }),
      );
      const resplit = before.cloneNode();
      paint(
        resplit,
        order.map((_, place) => setAt(lesson, place)),
        tr("{count} tokens, A and B in turn again", { count: order.length }),
      );
      this.element.querySelector(".lesson-resplit").replaceChildren(resplit);
      words.replaceChildren(
        ...inParts(tr("{moved} of {tokens} patch tokens change sides."), { moved: number("moved", moved), tokens }),
        " ",
        ...inParts(
          all
            ? tr(
                "Of the {all} pairs that the next layer compares, {fresh} ({share}) sat within one set here and could not meet.",
              )
            : tr("Of the {all} pairs that the next layer compares, {fresh} are new."),
          { all, fresh: number("fresh", fresh), share: all ? percent(fresh / all) : "" },
        ),
      );
    },
  };
}

/** In place of a step of a layer that has nothing left to merge. */
function emptyPanel() {
  return {
    element: element(
      "p",
      { class: "lesson-empty" },
      tr("With an earlier layer (above) or a smaller r (sidebar) there are tokens to merge."),
    ),
    show() {},
  };
}

/** @returns {{element: Element, show: (state: object) => void, pick?: (token: number) => void}} the panel of a step */
export function makePanel(lesson, step, events, actions) {
  if (step === 0) return keysPanel(lesson);
  if (!lesson.cap) return emptyPanel();
  if (step === 3) return sortPanel(lesson, step, events);
  if (step === 4) return mergePanel(lesson, actions.onWeighted);
  if (step === 5) return orderPanel(lesson, actions.onNextLayer);
  return columnsPanel(lesson, step, events);
}
