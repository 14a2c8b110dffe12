// Streamlit's component contract for the playground (see mount.js).

import { makeCommit } from "../lesson/link.js";
import { mount } from "../viewer/mount.js";
import { renderPlayground, unmountPlayground } from "./playground.js";

/**
 * @param {object} component
 * @param {import("./playground.js").PlaygroundData} component.data
 * @param {Element} component.parentElement
 * @param {(name: string, value: unknown) => void} component.setStateValue
 */
export default function ({ data, parentElement, setStateValue }) {
  const draw = () => renderPlayground(parentElement, data, { commit: makeCommit(setStateValue) });
  return mount(parentElement, draw, unmountPlayground);
}
