// Tells Streamlit that the reader went back or forward within a page, which it does not notice by itself.

const listeners = new WeakMap();

export default function ({ parentElement, setTriggerValue }) {
  const { pathname } = location;
  const moved = () => { if (location.pathname === pathname) setTriggerValue("moved", location.search); };
  removeEventListener("popstate", listeners.get(parentElement));
  listeners.set(parentElement, moved);
  addEventListener("popstate", moved);
  return () => removeEventListener("popstate", listeners.get(parentElement));
}
