// "Export": a figure, film or page of the view, made by the server and downloaded by the browser.

import { inRow, retell, tr } from "../page/language.js";
import { element, setIcon } from "./controls.js";
import { parametersOf } from "./records.js";
import { copied } from "./share.js";

/**
 * @import { Configured } from "./panel_feed.js"
 * @import { Rate } from "./rate.js"
 * @import { Values } from "./records.js"
 *
 * @typedef {{ [name: string]: string | number | null }} Sizes parameters of a file
 */

const FILES = [
  ["svg", tr("Figure (SVG)")],
  ["pdf", tr("Figure (PDF)")],
  ["png", tr("Figure (PNG)")],
  ["gif", tr("Film (GIF)")],
  ["mp4", tr("Film (MP4)")],
  ["webm", tr("Film (WebM)")],
  ["webp", tr("Film (WebP)")],
  ["html", tr("Web page (HTML)")],
  ["json", tr("Record (JSON)")],
];
const SIZES = [480, 960, 1440, 1920];
const PAPER = [
  ["", tr("as on a screen")],
  ["3.25", tr("one column, 3.25 in")],
  ["5.5", tr("text width, 5.5 in")],
  ["6.75", tr("two columns, 6.75 in")],
];
const VECTORS = new Set(["svg", "pdf"]);
const PAGES = new Set(["html", "json"]);
const LOCAL = /^(localhost|127(\.\d+){3}|\[::1\]|0\.0\.0\.0)$/;
const READERS = [
  ["", tr("everything")],
  ["hide=toolbar", tr("r and the layer")],
  ["hide=toolbar&lock=layer,schedule", tr("r only")],
  ["hide=toolbar,r", tr("the layer only")],
];

/**
 * The address of a figure, relative to the page's; link is that of the view. Without a rate, the query has it.
 * @param {{ query: Values | string, panels: Configured[] }} asked @param {Rate | null} rate
 * @param {{ [name: string]: unknown }} view @param {string} link
 */
export function figureAddress({ query, panels }, rate, view, link) {
  const asked = typeof query === "string" ? new URLSearchParams(query) : parametersOf(query);
  if (rate) asked.set("r", rate.decreasing ? `${rate.r},-1` : String(rate.r));
  if (panels.length > 1) {
    asked.set("panels", JSON.stringify(panels.map(({ config }) => config)));
    asked.set("titles", JSON.stringify(panels.map(({ title }) => title.slice(0, 80))));
  } else for (const [name, value] of Object.entries(panels[0].config)) asked.set(name, String(value));
  for (const [name, value] of Object.entries(view)) {
    if (value !== null && value !== false && value !== undefined) asked.set(name, String(value));
  }
  const { pathname, searchParams } = new URL(link);
  const lang = searchParams.get("lang");
  if (lang !== null) asked.set("lang", lang);
  asked.set("link", `${pathname.split("/").at(-1)}?${searchParams}`);
  return `api/v1/figure?${asked}`;
}

/**
 * Whether a view with `parts` can play over the layers on opening: a locked layer stays at the link's.
 * @param {string} parts
 */
export const canPlay = (parts) => !(new URLSearchParams(parts).get("lock") ?? "").split(",").includes("layer");

/**
 * The address of `link` with only the picture and its controls; `parts` hides and locks: "hide=…&lock=…". It opens at
 * the link's layer, or `plays`, then without a pin.
 * @param {string} link
 */
export function lessonLink(link, parts = "", plays = false) {
  const url = new URL(link);
  url.searchParams.set("embed", "true");
  if (plays && canPlay(parts)) for (const still of ["layer", "pinned"]) url.searchParams.delete(still);
  for (const [name, value] of new URLSearchParams(parts)) url.searchParams.set(name, value);
  return url.href;
}

/**
 * HTML for embedding the view in another page.
 * @param {string} link @param {string} name
 */
export function embedCode(link, name, parts = "", plays = false) {
  const src = lessonLink(link, parts, plays).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  const title = `Token Merging: ${name}`
    .replaceAll("&", "&amp;")
    .replaceAll('"', "&quot;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
  return `<iframe src="${src}" title="${title}" width="960" height="860" style="border:0" allow="fullscreen"></iframe>`;
}

/**
 * Warnings about an address that no other computer can reach, and about an `own` file, which no link holds; else "".
 * @param {string} link
 */
export function reachOf(link, own = false) {
  const { host, hostname } = new URL(link);
  return inRow([
    own ? tr("A link cannot hold your own photo, file or text: it opens a sample.") : "",
    LOCAL.test(hostname)
      ? tr("Its address, {host}, is this computer's alone: replace it by one that your audience can reach.", { host })
      : "",
  ]);
}

/** @param {string[][]} options */
const optionsOf = (options) => options.map(([value, label]) => element("option", { value }, label));

/**
 * address(format, sizes): a file's address, `sizes` being parameters of its query; link(): the view's; name(): the sample's name.
 * @param {{ address: (format: string, sizes?: Sizes) => string, link: () => string, name: () => string }} reads
 */
export function makeExport({ address, link, name }) {
  const format = element("select", { "aria-label": tr("Format"), change: () => offerSize() }, ...optionsOf(FILES));
  const size = element(
    "select",
    { "aria-label": tr("Width") },
    ...optionsOf(SIZES.map((width) => [String(width), `${width} px`])),
  );
  size.value = "960";
  const paper = element("select", { "aria-label": tr("Width on paper") }, ...optionsOf(PAPER));
  const captioned = element("input", { type: "checkbox" });
  captioned.checked = true;
  const captions = element(
    "label",
    { class: "tome-check" },
    captioned,
    element("span", {}, tr("Caption in the picture")),
  );
  const readers = element(
    "select",
    { "aria-label": tr("Readers may change"), change: () => offerPlay() },
    ...optionsOf(READERS),
  );
  const status = element("p", { class: "tome-said", role: "status" });
  /** @param {string} text */
  const say = (text) => {
    status.textContent = text;
  };
  const offerSize = () => {
    const [vector, page] = [VECTORS.has(format.value), PAGES.has(format.value)];
    paper.hidden = !vector;
    size.hidden = vector;
    for (const each of [size, captioned]) each.disabled = page;
  };
  const sizes = () => ({
    width: size.value,
    inches: VECTORS.has(format.value) && paper.value ? paper.value : null,
    caption: captioned.checked ? null : "false",
  });
  let [opens, owned] = [false, false];
  const offerPlay = () => {
    playing.hidden = !opens;
    plays.disabled = !canPlay(readers.value);
    plays.checked &&= opens && !plays.disabled;
  };
  /** @type {(label: string, click: () => void) => HTMLButtonElement} */
  const button = (label, click) => element("button", { type: "button", class: "tome-button tome-plain", click }, label);
  const download = button(tr("Download"), async () => {
    const focused = download.matches(":focus");
    download.disabled = true; // which takes the focus away
    say(tr("Making the {format}…", { format: format.value.toUpperCase() }));
    const answer = await answerOf(address(format.value, sizes()));
    if (answer.blob) saveBlob(answer.blob, answer.name);
    say(answer.blob ? tr("{name} is downloaded.", { name: answer.name }) : answer.why);
    download.disabled = false;
    if (focused) download.focus();
  });
  /**
   * @param {string} label @param {string} done @param {() => string | null | Promise<string | null>} read
   * @param {() => string} warn
   */
  const copy = (label, done, read, warn = () => "") =>
    button(label, async () => {
      const text = await read();
      say(text !== null && (await copied(text)) ? inRow([done, warn()]) : tr("It could not be copied."));
    });
  const plays = element("input", { type: "checkbox" });
  const playing = element("label", { class: "tome-check" }, plays, element("span", {}, tr("Plays on opening")));
  const embedded = () => embedCode(link(), name(), readers.value, plays.checked);
  const reach = () => reachOf(link(), owned);
  /** @param {string} kind */
  const textOf = async (kind) => (await (await answerOf(address(kind, sizes()))).blob?.text()) ?? null;
  const summary = element("summary", { class: "tome-button tome-plain" });
  setIcon(summary, "save", tr("Figures, films and code of what you see"));
  summary.removeAttribute("aria-label");
  summary.append(element("span", {}, tr("Export")));
  const menu = element(
    "details",
    { class: "tome-export", hidden: true },
    summary,
    element(
      "div",
      { class: "tome-menu" },
      element("div", { class: "tome-menu-row" }, format, size, paper, captions, download),
      element(
        "div",
        { class: "tome-menu-row" },
        copy(tr("Copy figure caption"), tr("Copied: figure caption."), () => textOf("txt")),
        copy(tr("Copy citation"), tr("Copied: citation."), () => textOf("bib")),
      ),
      element(
        "div",
        { class: "tome-menu-row" },
        element("label", { class: "tome-check" }, `${tr("Readers may change")} `, readers),
        playing,
        copy(
          tr("Copy lesson link"),
          tr("Copied: lesson link."),
          () => lessonLink(link(), readers.value, plays.checked),
          reach,
        ),
        copy(tr("Copy embed code"), tr("Copied: embed code."), embedded, reach),
      ),
      status,
    ),
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      summary.focus();
    } else if (!/^[a-z]$/i.test(event.key)) return;
    event.stopPropagation(); // letters select options here, but are shortcuts in the page around
  });
  /** @param {Event} event */
  const outside = (event) => {
    if (!event.composedPath().includes(menu)) menu.open = false;
  };
  menu.addEventListener("toggle", () => {
    if (menu.open) document.addEventListener("pointerdown", outside);
    else document.removeEventListener("pointerdown", outside);
  });
  offerSize();
  return {
    menu,
    /**
     * Show or hide the menu: it needs a server and a picture; only a picture that is `alone` opens by playing. `two`
     * photos or models have figures and films only. `own`: whether no link can hold what is shown.
     * @param {boolean} there @param {{ alone?: boolean, two?: boolean, own?: boolean }} kind
     */
    offer(there, { alone = false, two = false, own = false }) {
      menu.hidden = !there;
      for (const option of format.options) option.hidden = two && PAGES.has(option.value);
      [opens, owned] = [alone, own];
      offerPlay();
    },
  };
}

/**
 * The file at `address`, or the reason why not.
 * @param {string} address
 */
export async function answerOf(address) {
  try {
    const response = await fetch(address);
    if (!response.ok) {
      /** @type {{ errors: { rule: string }[] }} */
      const { errors } = await response.json();
      return { why: errors.map(({ rule }) => retell(rule)).join("; ") };
    }
    const name = /filename="([^"]+)"/.exec(response.headers.get("content-disposition") ?? "")?.[1] ?? "figure";
    return { blob: await response.blob(), name };
  } catch {
    return { why: tr("The server does not answer.") };
  }
}

/** @param {Blob} blob @param {string} name */
export function saveBlob(blob, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(blob);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10000);
}
