// The only writer of the address. The cursor replaces it; r is a step in the browser's history.

/**
 * `address` with `parameters` set; null removes one.
 * @param {string} address @param {{ [name: string]: unknown }} parameters
 */
export function addressWith(address, parameters) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  return url.href;
}

/**
 * `address` without the parameters that only other pages have: the app keeps them there for the way back.
 * @param {string} address @param {string[]} elsewhere
 */
export function linkOf(address, elsewhere) {
  return addressWith(address, Object.fromEntries(elsewhere.map((name) => [name, null])));
}

/** @param {{ [name: string]: unknown }} parameters */
export function writeAddress(parameters) {
  history.replaceState(history.state, "", addressWith(location.href, parameters));
}

/**
 * The same as a step in the browser's history.
 * @param {Parameters<typeof addressWith>[1]} parameters
 */
export function pushAddress(parameters) {
  const address = addressWith(location.href, parameters);
  if (address !== location.href) history.pushState(history.state, "", address);
}

/**
 * Spell the address as the server spells its links. In another spelling, such as with a comma, the same link is a new one
 * to Streamlit: sent after a step back, it could become a step of its own.
 */
export function spellAddress() {
  const spelt = `?${new URLSearchParams(location.search)}`;
  if (location.search && location.search !== spelt) {
    history.replaceState(history.state, "", location.pathname + spelt + location.hash);
  }
}

if (globalThis.document) spellAddress();

const SENDING_MS = 100; // Streamlit sends what it is told after 12 to 20 ms, measured on an idle machine
const FIELD = /^(INPUT|TEXTAREA)$/;
const COMPONENT = '[data-testid^="stBidiComponent"]';
const LEAVING_MS = 10_000; // a page that is still there then was not left: the server did not answer
let toldAt = -SENDING_MS;
let typedAt = -SENDING_MS;
let leftAt = -LEAVING_MS;
/** @type {Set<() => void>} */
const lastWords = new Set();

/**
 * Call `tell` when the reader clicks on another page, while this one may still report. Return how to end that.
 * @param {() => void} tell
 */
export function beforeLeaving(tell) {
  lastWords.add(tell);
  return () => lastWords.delete(tell);
}

/**
 * A click on a link to another page of the app: it changes the address only once the server has answered. It waits until
 * what the page has told is sent; sent after the click, it would run in the new page, which ended in a white window.
 * @param {MouseEvent} event
 */
function noticeDeparture(event) {
  const { button, ctrlKey, metaKey, shiftKey } = event;
  /** @type {(EventTarget & { closest?: (selectors: string) => HTMLAnchorElement | null }) | null} */
  const target = event.target;
  const link = target?.closest?.("a[href]:not([download])");
  if (!link || link.target === "_blank" || button || ctrlKey || metaKey || shiftKey) return;
  const { origin, pathname } = new URL(link.href, location.href);
  if (origin !== location.origin || pathname === location.pathname) return;
  for (const tell of lastWords) tell();
  if (performance.now() - Math.max(toldAt, typedAt) < SENDING_MS) {
    event.preventDefault();
    event.stopImmediatePropagation();
    setTimeout(() => link.click(), SENDING_MS);
  } else leftAt = performance.now();
}

/**
 * A field sends what was typed when it loses the focus, as late: a tap on a tab takes the focus away and clicks at once.
 * @param {FocusEvent} event
 */
function noticeField(event) {
  /** @type {(EventTarget & { tagName?: string }) | null} */
  const target = event.target;
  if (FIELD.test(target?.tagName ?? "")) typedAt = performance.now();
}

let waiting = false; // a click

/**
 * Hold a click beside a component until the component's report is sent, such as that of r when the focus leaves it.
 * Streamlit sends both as one message of that component alone otherwise, and the click of a button is lost.
 * @param {MouseEvent} event
 */
function noticeClick(event) {
  const { target } = event;
  const unsent = SENDING_MS - (performance.now() - toldAt);
  if (!target || (unsent <= 0 && !waiting)) return;
  if (event.composedPath().some((part) => part instanceof Element && part.matches(COMPONENT))) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if (waiting) return; // Streamlit's controls click themselves after 80 ms without a click
  waiting = true;
  setTimeout(() => {
    waiting = false;
    target.dispatchEvent(new MouseEvent(event.type, event));
  }, unsent);
}

globalThis.document?.addEventListener("click", noticeDeparture, true);
globalThis.document?.addEventListener("click", noticeClick, true);
globalThis.document?.addEventListener("focusout", noticeField, true);

/**
 * `tell` as long as the reader stays on this page. Back and forward change the address at once, a tab later, and the app
 * takes the old page away after that. Told of the old page meanwhile, the server would call the reader back to it, or send
 * parts of it into the new page.
 * @template {unknown[]} Told @param {(...told: Told) => void} tell @returns {(...told: Told) => void}
 */
export function untilLeft(tell) {
  const [{ pathname }, start] = [location, performance.now()];
  return (...told) => {
    const now = performance.now();
    if (location.pathname !== pathname || (leftAt > start && now - leftAt < LEAVING_MS)) return;
    toldAt = now;
    tell(...told);
  };
}
