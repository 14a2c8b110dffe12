// The only writer of the address. Choices use replaceState: they add no entry to the browser's history.

/** `address` with `parameters` set; null removes one. */
export function addressWith(address, parameters) {
  const url = new URL(address);
  for (const [name, value] of Object.entries(parameters)) {
    if (value === null || value === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, String(value));
  }
  return url.href;
}

export function writeAddress(parameters) {
  history.replaceState(history.state, "", addressWith(location.href, parameters));
}

let departures = 0;

/** A click on a link to another page of the app: it changes the address only once the server has answered. */
function noticeDeparture({ target, button, ctrlKey, metaKey, shiftKey }) {
  const link = target.closest?.("a[href]");
  if (!link || link.target === "_blank" || button || ctrlKey || metaKey || shiftKey) return;
  const { origin, pathname } = new URL(link.href, location.href);
  if (origin === location.origin && pathname !== location.pathname) departures += 1;
}

globalThis.document?.addEventListener("click", noticeDeparture, true);

/**
 * `tell` as long as the reader stays on this page. Back and forward change the address at once, a tab later, and the app
 * takes the old page away after that. Told of the old page meanwhile, the server would call the reader back to it, or send
 * parts of it into the new page.
 */
export function untilLeft(tell) {
  const [{ pathname }, before] = [location, departures];
  return (...told) => {
    if (location.pathname === pathname && departures === before) tell(...told);
  };
}
