// The one writer of the address. What a reader chooses goes there by replaceState: it is no step in the browser's history.

/** `address` with each of `parameters`; null takes one out. */
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
