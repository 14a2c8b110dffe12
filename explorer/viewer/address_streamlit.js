// Streamlit leaves the address bare when a reader comes to a page by its tab. What the link holds goes there once for each
// arrival, by replaceState: set by the server it would be a second step in the browser's history.

let known = null;

/** `address` with the parameters of `query`. */
export function addressWith(address, query) {
  const url = new URL(address);
  for (const [name, value] of new URLSearchParams(query)) url.searchParams.set(name, value);
  return url.href;
}

export default function ({ data: { arrival, query } }) {
  if (arrival === known) return;
  known = arrival;
  history.replaceState(history.state, "", addressWith(location.href, query));
}
