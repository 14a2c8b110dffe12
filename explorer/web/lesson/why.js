// The cards that answer "Why?". One is open at a time.

import { tr } from "../page/language.js";
import { element, iconButton } from "../viewer/controls.js";
import { WHY } from "./answers.js";

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
 */
export function makeWhys(names, first, onOpen) {
  let open = null;
  const show = (name) => {
    open = name;
    for (const [own, { button, card }] of whys) {
      card.hidden = own !== name;
      button.setAttribute("aria-expanded", String(own === name));
    }
  };
  const close = () => {
    const was = whys.get(open);
    if (!was) return false;
    show(null);
    onOpen(null);
    was.button.focus();
    return true;
  };
  const toggle = (name) => {
    if (open === name) close();
    else {
      show(name);
      onOpen(name);
      whys.get(name).card.focus({ preventScroll: true });
    }
  };
  const whys = new Map(
    names.map((name) => [
      name,
      {
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
      },
    ]),
  );
  const parts = [...whys.values()];
  if (whys.has(first)) show(first);
  return {
    element: element(
      "div",
      {},
      element("div", { class: "lesson-whys" }, ...parts.map(({ button }) => button)),
      ...parts.map(({ card }) => card),
    ),
    close,
    /** Scroll the open card into view. */
    bring: () => whys.get(open)?.card.scrollIntoView({ block: "nearest" }),
  };
}
