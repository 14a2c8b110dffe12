// Streamlit's component contract for the playground (see mount.js).

import { makeCommit } from "../lesson/link.js";
import { mount } from "../viewer/mount.js";
import { renderPlayground, unmountPlayground } from "./playground.js";

export default function ({ data, parentElement, setStateValue }) {
  const draw = () => renderPlayground(parentElement, data, { commit: makeCommit(setStateValue) });
  return mount(parentElement, draw, unmountPlayground);
}
