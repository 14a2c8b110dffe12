// What a reader chose in the lesson or the playground goes into the link by replaceState: it is no step in the history.

/** `address` with `name` at `value`; null takes it out. An r that was dragged belongs to the layer it was dragged in. */
export function addressWith(address, name, value) {
  const url = new URL(address);
  if (name === "layer") url.searchParams.delete("edges");
  if (value === null || value === undefined) url.searchParams.delete(name);
  else url.searchParams.set(name, String(value));
  return url.href;
}

export function makeCommit(setStateValue) {
  return (name, value) => {
    history.replaceState(history.state, "", addressWith(location.href, name, value));
    setStateValue(name, value);
  };
}
