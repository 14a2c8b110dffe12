// Tells Streamlit that the reader went back or forward within a page, which it does not notice by itself.

const listeners = new WeakMap();

/** Whether `address` is that of `page`, the last part of its path; "" for the page at the root. */
export function isOn(address, page) {
  return new URL(address).pathname.split("/").at(-1) === page;
}

export default function ({ data, parentElement, setTriggerValue }) {
  // The page comes from the server: asked for here, the address would be that of the page that loaded this script.
  const moved = () => { if (isOn(location.href, data.page)) setTriggerValue("moved", location.search); };
  removeEventListener("popstate", listeners.get(parentElement));
  listeners.set(parentElement, moved);
  addEventListener("popstate", moved);
  return () => removeEventListener("popstate", listeners.get(parentElement));
}
