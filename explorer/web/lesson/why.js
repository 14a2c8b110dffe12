// The cards that answer "Why?". One is open at a time.

import { tr } from "../page/language.js";
import { element, iconButton } from "../viewer/controls.js";
import { WHY } from "./answers.js";

/** @param {string} name @param {() => void} onClose */
function makeCard(name, onClose) {
  const { ask, text, rows, table } = WHY[name];
  const figures = rows
    ? [
        element(
          "table",
          {},
          ...rows.map(([what, figure]) => element("tr", {}, element("td", {}, what), element("td", {}, figure))),
        ),
        element(
          "p",
          { class: "lesson-source" },
          table === "3"
            ? tr("ImageNet-1k, ViT-L (MAE), trained with merging. Bolya et al., arXiv 2210.09461, Table 3.")
            : tr("ImageNet-1k, ViT-L/16, r = 8, no training, V100. Bolya et al., arXiv 2210.09461, Table {table}.", {
                table,
              }),
        ),
      ]
    : [];
  return element(
    "section",
    { class: "lesson-card", id: `why-${name}`, role: "dialog", "aria-label": ask, tabindex: "-1", hidden: true },
    element("div", { class: "lesson-card-head" }, element("h2", {}, ask), iconButton("close", tr("Close"), onClose)),
    element("p", {}, text),
    ...figures,
  );
}

/**
 * Links that open a card each, below all links so that it covers none. `first` is open from the start; onOpen(name)
 * reports the reader's choice, null for none. close() → whether one was open.
 * @param {string[]} names @param {string | null} first @param {(name: string | null) => void} onOpen
 */
export function makeWhys(names, first, onOpen) {
  /** @type {(typeof whys)[number] | null} */
  let open = null;
  /** @param {string | null} name */
  const show = (name) => {
    open = whys.find((why) => why.name === name) ?? null;
    for (const why of whys) {
      why.card.hidden = why !== open;
      why.button.setAttribute("aria-expanded", String(why === open));
    }
  };
  const close = () => {
    if (!open) return false;
    const { button } = open;
    show(null);
    onOpen(null);
    button.focus();
    return true;
  };
  /** @param {string} name */
  const toggle = (name) => {
    if (open?.name === name) close();
    else {
      show(name);
      onOpen(name);
      open?.card.focus({ preventScroll: true });
    }
  };
  const whys = names.map((name) => ({
    name,
    card: makeCard(name, close),
    button: element(
      "button",
      {
        type: "button",
        class: "lesson-why",
        "aria-controls": `why-${name}`,
        "aria-expanded": "false",
        click: () => toggle(name),
      },
      WHY[name].ask,
    ),
  }));
  show(first);
  return {
    element: element(
      "div",
      {},
      element("div", { class: "lesson-whys" }, ...whys.map(({ button }) => button)),
      ...whys.map(({ card }) => card),
    ),
    close,
    /** Scroll the open card into view. */
    bring: () => open?.card.scrollIntoView({ block: "nearest" }),
  };
}
