// Streamlit's component contract for the playground (see mount.js).

import { makeCommit } from "./lesson_link.js";
import { cleanUp } from "./mount.js";
import { renderPlayground, unmountPlayground } from "./playground.js";

export default function ({ data, parentElement, setStateValue }) {
  renderPlayground(parentElement, data, { commit: makeCommit(setStateValue) });
  return cleanUp(parentElement, unmountPlayground);
}
