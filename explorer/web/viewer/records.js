// Records over HTTP. One request is under way at a time: while r is dragged, the newest value waits for it to end, so that
// every value that the server keeps up with is shown, and the last one always.

import { retell, tr } from "../page/language.js";

const RETRY_MS = 2000;
const PATIENT_MS = 400; // what is answered sooner needs no word about it

/** The address of a record, relative to the page's. */
export function recordAddress(query, { r, decreasing }, config = {}) {
  const asked = new URLSearchParams(query);
  asked.set("r", decreasing ? `${r},-1` : String(r));
  for (const [name, value] of Object.entries(config)) asked.set(name, String(value));
  return `api/v1/record?${asked}`;
}

/** A name that nobody else has. No randomUUID: a page from another machine over plain HTTP, as in a class, lacks it. */
function anyName() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function reasonOf(response) {
  try {
    const { errors } = await response.json();
    return errors.map(({ rule }) => retell(rule)).join("; ");
  } catch {
    return tr("the server answered {status}", { status: response.status });
  }
}

export class Feed {
  /** show(record, address) draws; say(text) tells the reader what is waited for, "" for nothing. */
  constructor({ show, say, client = anyName() }) {
    this.show = show;
    this.say = say;
    this.client = client;
    this.wanted = null;
    this.running = null;
  }

  /** Show the record at `address`. `at once`: nobody wants any more what is under way. */
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

  async fetch(address) {
    const running = new AbortController();
    this.running = running;
    const patience = setTimeout(() => this.say(tr("Computing…")), PATIENT_MS);
    this.patience = patience;
    try {
      const response = await fetch(this.url(address), { headers: { "X-Client": this.client }, signal: running.signal });
      if (response.ok) await this.read(response, address);
      else if (response.status === 503) {
        this.again(
          address,
          tr("{reason} Trying again…", { reason: await reasonOf(response) }),
          1000 * Number(response.headers.get("Retry-After")),
        );
      } else if (response.status !== 409) this.say(await reasonOf(response));
    } catch (error) {
      if (running.signal.aborted) return;
      if (!(error instanceof TypeError)) throw error; // fetch rejects with a TypeError when there is no answer
      this.again(address, tr("The server does not answer. Trying again…"), RETRY_MS);
    } finally {
      clearTimeout(patience);
      if (this.running === running) {
        this.running = null;
        if (this.wanted !== address) this.fetch(this.wanted);
      }
    }
  }

  url(address) {
    return address;
  }

  /** Draw what the server has answered. */
  async read(response, address) {
    const record = await response.json();
    this.say("");
    this.show(record, address);
  }

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
