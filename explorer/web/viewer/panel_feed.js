// Several configurations of one sample over HTTP: a line of JSON per panel, drawn on arrival. While r is dragged, the
// first panel is shown at as many values as the server can serve; the last value gets all panels.

import { retell, tr } from "../page/language.js";
import { element } from "./controls.js";
import { Feed, parametersOf } from "./records.js";

/**
 * @import { RawHeat } from "./compare.js"
 * @import { Rate } from "./rate.js"
 * @import { Record } from "./record_types.js"
 * @import { Values } from "./records.js"
 *
 * @typedef {{ title: string, config: Values }} Configured
 * @typedef {{ record?: Record, error?: string, tag?: string, similarity?: RawHeat }} Told of a panel
 * @typedef {{ place?: number, progress?: { done: number, total: number, note: string } }} Progress
 * @typedef {Told & Progress & { input?: Record, panel?: number, end?: boolean }} Line
 *
 * @typedef {object} Requested
 * @property {string} address
 * @property {(Told & { whole: boolean } | null)[]} found
 * @property {Record | null} input the photo before the first layer
 * @property {number | null} patch
 * @property {boolean} ended
 * @property {boolean} halted
 * @property {string} error
 *
 * @typedef {Requested & Progress} Answer
 * @typedef {Answer & { input: Record }} Drawn
 */

const TOGETHER_MS = 40; // draw panels that arrive within this time together

/**
 * The address of the records of `panels`, relative to the page's; `patch` is the pinned one, or null.
 * @param {Values} query @param {Rate} rate @param {Configured[]} panels @param {number | null} patch
 */
export function panelsAddress(query, { r, decreasing }, panels, patch) {
  const asked = parametersOf(query);
  asked.set("r", decreasing ? `${r},-1` : String(r));
  asked.set("panels", JSON.stringify(panels.map(({ config }) => config)));
  if (patch !== null) asked.set("patch", String(patch));
  return `api/v1/records?${asked}`;
}

/**
 * The parsed lines of a response's body.
 * @param {ReadableStream<Uint8Array<ArrayBuffer>> | null} body @returns {AsyncGenerator<Line, void>}
 */
async function* linesOf(body) {
  if (!body) return;
  const reader = body.pipeThrough(new TextDecoderStream()).getReader();
  for (let text = ""; ; ) {
    const { value, done } = await reader.read();
    if (done) return;
    const lines = (text + value).split("\n");
    text = lines.pop() ?? "";
    for (const line of lines) yield JSON.parse(line);
  }
}

/** @extends {Feed<Drawn>} */
export class PanelFeed extends Feed {
  /**
   * show(answer) draws; told(answer) shows the progress; layer() is the cursor's; rest() is called when idle.
   * @param {object} events
   * @param {(answer: Drawn) => void} events.show
   * @param {(text: string) => void} events.say
   * @param {() => number | null} events.layer
   * @param {(answer: Answer) => void} events.told
   * @param {() => void} events.rest
   */
  constructor({ show, say, layer, told, rest }) {
    super({ show, say });
    this.layer = layer;
    this.told = told;
    this.rest = rest;
    this.count = 0;
    /** @type {Answer | null} */
    this.answer = null;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.due = undefined;
  }

  /**
   * Show `count` panels of `address`. `atOnce` aborts the running request.
   * @param {string} address @param {boolean} atOnce
   */
  ask(address, atOnce, count = 1) {
    if (address === this.wanted) return;
    this.count = count;
    super.ask(address, atOnce || this.isShown());
  }

  /** Whether nothing is requested or pending. */
  get still() {
    return !this.running && !this.retry;
  }

  isShown() {
    return Boolean(this.answer?.found[0]?.whole);
  }

  /** Abort the running request; `goOn` restarts it. */
  halt() {
    this.abort();
    clearTimeout(this.retry);
    this.retry = undefined;
    this.say("");
    if (this.answer) this.end({ halted: true });
    this.rest();
  }

  goOn() {
    if (this.still && this.wanted) this.fetch(this.wanted);
  }

  abort() {
    clearTimeout(this.due);
    this.due = undefined;
    super.abort();
  }

  /** @param {string} address */
  async fetch(address) {
    await super.fetch(address);
    if (this.wanted) this.rest();
  }

  /** @param {string} address */
  url(address) {
    this.retry = undefined;
    const patch = new URLSearchParams(address.split("?")[1]).get("patch");
    this.answer = {
      address,
      found: Array(this.count).fill(null),
      input: null,
      patch: patch === null ? null : Number(patch),
      ended: false,
      halted: false,
      error: "",
    };
    return `${address}&layer=${this.layer()}`;
  }

  /** @param {Response} response @param {string} address */
  async read(response, address) {
    clearTimeout(this.patience);
    this.say("");
    const { answer, running } = this;
    if (!answer || !running) return;
    for await (const line of linesOf(response.body)) {
      if (running.signal.aborted) return;
      this.take(answer, line);
      if (answer.ended) return;
      if (this.wanted !== address && this.isShown()) {
        this.draw();
        running.abort();
        return;
      }
    }
    if (!running.signal.aborted) throw new TypeError("the lines broke off");
  }

  /** @param {Answer} answer @param {Line} line */
  take(answer, line) {
    if (line.input) answer.input = line.input;
    if (line.progress || line.place) this.told(Object.assign(answer, { place: 0, ...line }));
    if (line.panel !== undefined) {
      const first = !answer.found[line.panel]?.whole && line.panel === 0;
      answer.found[line.panel] = { ...line, whole: Boolean(line.tag || line.error) };
      if (first) this.draw();
    }
    if (line.panel === undefined && (line.end || line.error)) this.end({ error: line.error });
    else this.due ??= setTimeout(() => this.draw(), TOGETHER_MS);
  }

  draw() {
    clearTimeout(this.due);
    this.due = undefined;
    const { answer } = this;
    if (answer?.input) this.show({ ...answer, input: answer.input }, answer.address);
  }

  /** @param {{ halted?: boolean, error?: string }} how */
  end({ halted = false, error = "" }) {
    if (!this.answer) return;
    Object.assign(this.answer, { ended: true, halted, error });
    this.draw();
    this.told(this.answer);
  }
}

const FULL = 1000;

/**
 * A progress bar for pending panels, and a button to stop or resume.
 * @param {{ onStop: () => void, onGo: () => void }} events
 */
export function makeProgress({ onStop, onGo }) {
  const bar = element("progress", { max: String(FULL), "aria-label": tr("Panels") });
  const text = element("span", {});
  let goes = false;
  const button = element("button", {
    type: "button",
    class: "tome-button tome-stop",
    click: () => (goes ? onGo() : onStop()),
  });
  const row = element(
    "div",
    { class: "tome-progress", hidden: true },
    element("div", { class: "tome-going" }, bar, text, button),
  );
  return {
    row,
    /**
     * Reserve its space, so that nothing moves when it appears or disappears.
     * @param {boolean} there
     */
    offer(there) {
      row.hidden = !there;
    },
    /** @param {Answer} answer */
    show({ found, progress, place, ended, halted, error }) {
      const [done, total] = [found.filter((panel) => panel?.whole).length, found.length];
      goes = Boolean(halted || error);
      row.toggleAttribute("data-idle", Boolean(ended) && !goes);
      bar.value = Math.round((FULL * done) / total);
      const said = tr("{done} of {total} panels", { done, total });
      text.textContent =
        retell(error ?? "") ||
        (halted
          ? tr("Stopped: {said}.", { said })
          : place
            ? tr("Waiting in line, place {place}…", { place })
            : `${said}; ${retell(progress?.note ?? "")}`);
      button.textContent = goes ? tr("Resume") : tr("Stop the rest");
    },
  };
}
