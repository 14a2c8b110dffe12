// Streamlit's component contract for the playground (see mount.js).

import { mountLinked } from "../lesson/link.js";
import { renderPlayground, unmountPlayground } from "./playground.js";

/** @param {import("../lesson/link.js").Component<import("./playground.js").PlaygroundData>} component */
export default function (component) {
  return mountLinked(component, renderPlayground, unmountPlayground);
}
