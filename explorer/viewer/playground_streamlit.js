// Streamlit's component contract for the playground.

import { renderPlayground, unmountPlayground } from "./playground.js";

export default function ({ data, parentElement, setStateValue }) {
  renderPlayground(parentElement, data, { commit: (name, value) => setStateValue(name, value) });
  return () => unmountPlayground(parentElement);
}
