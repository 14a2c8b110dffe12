// Records over HTTP, one request at a time: while r is dragged, the newest value waits for the running request, so that
// as many values as the server can serve are shown, and always the last one.

import { retell, tr } from "../page/language.js";

/**
 * @import { Rate } from "./rate.js"
 *
 * @typedef {{ [name: string]: string | number | boolean }} Values parameters of an address
 */

const RETRY_MS = 2000;
const PATIENT_MS = 400; // faster answers show no message

/** @param {Values} values */
export function parametersOf(values) {
  return new URLSearchParams(Object.entries(values).map(([name, value]) => [name, String(value)]));
}

/**
 * The address of a record, relative to the page's.
 * @param {Values} query @param {Rate} rate @param {Values} config
 */
export function recordAddress(query, { r, decreasing }, config = {}) {
  const asked = parametersOf(query);
  asked.set("r", decreasing ? `${r},-1` : String(r));
  for (const [name, value] of Object.entries(config)) asked.set(name, String(value));
  return `api/v1/record?${asked}`;
}

/** A unique name. randomUUID is missing on pages from another machine over plain HTTP, as in a class. */
function anyName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {Response} response @returns {Promise<string>} */
async function reasonOf(response) {
  try {
    /** @type {{ errors: { rule: string }[] }} */
    const { errors } = await response.json();
    return errors.map(({ rule }) => retell(rule)).join("; ");
  } catch {
    return tr("the server answered {status}", { status: response.status });
  }
}

/** @template Answer what the server sends */
export class Feed {
  /**
   * show(answer, address) draws; say(text) shows a status, "" for none.
   * @param {{ show: (answer: Answer, address: string) => void, say: (text: string) => void, client?: string }} events
   */
  constructor({ show, say, client = anyName() }) {
    this.show = show;
    this.say = say;
    this.client = client;
    /** @type {string | null} */
    this.wanted = null;
    /** @type {AbortController | null} */
    this.running = null;
  }

  /**
   * Show the record at `address`. `atOnce` aborts the running request.
   * @param {string} address @param {boolean} atOnce
   */
  ask(address, atOnce) {
    if (address === this.wanted) return;
    this.wanted = address;
    clearTimeout(this.retry);
    if (atOnce) this.abort();
    if (!this.running) this.fetch(address);
  }

  abort() {
    this.running?.abort();
    this.running = null;
  }

  /** @param {string} address */
  async fetch(address) {
    const running = new AbortController();
    this.running = running;
    const patience = setTimeout(() => this.say(tr("Computing…")), PATIENT_MS);
    this.patience = patience;
    try {
      const response = await fetch(this.url(address), { headers: { "X-Client": this.client }, signal: running.signal });
      if (response.ok) await this.read(response, address);
      else if (response.headers.has("Retry-After")) {
        this.again(
          address,
          tr("{reason} Trying again…", { reason: await reasonOf(response) }),
          1000 * Number(response.headers.get("Retry-After")),
        );
      } else if (response.status !== 409) this.say(await reasonOf(response));
    } catch (error) {
      if (running.signal.aborted) return;
      if (!(error instanceof TypeError)) throw error; // fetch rejects with a TypeError without a response
      this.again(address, tr("The server does not answer. Trying again…"), RETRY_MS);
    } finally {
      clearTimeout(patience);
      this.answered(running, address);
    }
  }

  /**
   * Request the newest value, if it is another one than `address`, whose answer is here.
   * @param {AbortController | null} running @param {string} address
   */
  answered(running, address) {
    if (this.running !== running) return;
    this.running = null;
    if (this.wanted !== null && this.wanted !== address) this.fetch(this.wanted);
  }

  /** @param {string} address */
  url(address) {
    return address;
  }

  /**
   * Draw the server's response.
   * @param {Response} response @param {string} address
   */
  async read(response, address) {
    const { running } = this;
    /** @type {Answer} */
    const record = await response.json();
    this.answered(running, address); // the server computes while this one is drawn
    this.say("");
    this.show(record, address);
  }

  /** @param {string} address @param {string} why @param {number} after */
  again(address, why, after) {
    this.say(why);
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      if (this.wanted === address && !this.running) this.fetch(address);
    }, after || RETRY_MS);
  }

  stop() {
    this.wanted = null;
    clearTimeout(this.retry);
    this.abort();
  }
}
