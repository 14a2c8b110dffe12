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

/**
 * `tell` as long as the reader stays on this page. Back and forward change the address at once, and the app takes the old
 * page away later: what that page still tells the server would call the reader back to it.
 */
export function untilLeft(tell) {
  const { pathname } = location;
  return (...told) => {
    if (location.pathname === pathname) tell(...told);
  };
}
