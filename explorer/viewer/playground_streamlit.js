// Streamlit's component contract for the playground.

import { makeCommit } from "./lesson_link.js";
import { renderPlayground, unmountPlayground } from "./playground.js";

export default function ({ data, parentElement, setStateValue }) {
  renderPlayground(parentElement, data, { commit: makeCommit(setStateValue) });
  return () => unmountPlayground(parentElement);
}
