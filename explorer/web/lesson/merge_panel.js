// Step 5: one group of tokens, their weights and their mean.

import { inParts, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { element } from "../viewer/controls.js";
import { attentionPanel } from "./attention_panel.js";
import { thumbnail } from "./columns.js";
import { averageOf, channelOf, groupsAt } from "./match.js";
import { nameOf } from "./names.js";
import { number } from "./numbers.js";

/**
 * @import { Lesson } from "./decode.js"
 * @import { Panel } from "./panels.js"
 */

/**
 * One group with its members, weights and mean, and the effect of sizes on attention.
 * @param {Lesson} lesson @param {(weighted: boolean) => void} commitSwitch @returns {Panel}
 */
export function mergePanel(lesson, commitSwitch) {
  const table = element("table", { class: "lesson-average" });
  const title = element("p", {});
  const attention = attentionPanel(lesson, commitSwitch);
  return {
    element: element("div", {}, title, element("div", { class: "lesson-scroll" }, table), attention.element),
    show({ r, active, weighted }) {
      const groups = groupsAt(lesson, r);
      const shared = [...groups.values()].filter((sources) => sources.length > 1).length;
      const own = [...groups].find(([destination, sources]) => destination === active || sources.includes(active));
      const group = own ?? [...groups].sort(([, one], [, other]) => other.length - one.length).at(0);
      const counts = { shared: number("shared", shared), all: groups.size };
      title.replaceChildren(
        ...(shared === 1
          ? inParts(tr("{shared} of {all} B tokens was chosen by several A tokens."), counts)
          : inParts(tr("{shared} of {all} B tokens were chosen by several A tokens."), counts)),
        " ",
        own ? tr("The group of the token you chose:") : group ? tr("For example:") : "",
      );
      table.replaceChildren(...(group ? averageRows(lesson, group.flat()) : []));
      attention.show(weighted);
    },
  };
}

/** @param {Lesson} lesson @param {number[]} tokens */
function averageRows(lesson, tokens) {
  const { size, mean } = averageOf(lesson, tokens);
  /** @param {"th" | "td"} tag @param {string[]} texts */
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
        ...channels.map((channel) => fixed(channelOf(lesson, token, channel), 3)),
      ]),
    ),
  );
  const sum = element(
    "tr",
    { class: "lesson-sum" },
    ...cells("td", ["", tr("one token")]),
    element("td", { "data-number": "size" }, String(size)),
    element("td", {}, "1"),
    ...mean.map((value, channel) => element("td", { "data-number": `mean-${channel}` }, fixed(value, 3))),
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
