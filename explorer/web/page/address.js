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
