// Choices in the lesson and the playground go into the link.

import { linkOf, untilLeft, writeAddress } from "../page/address.js";
import { mount } from "../viewer/mount.js";

/** @import { Host } from "../viewer/roots.js" */

/**
 * The link parameters that change with `name`. A dragged r is valid in its own layer only.
 * @param {string} name @param {unknown} value
 */
export function changesWith(name, value) {
  return name === "layer" ? { edges: null, layer: value } : { [name]: value };
}

/**
 * What Streamlit calls a component's script with.
 * @template {{ revision: number, elsewhere?: string[] | null }} Data
 * @typedef {{data: Data, parentElement: Element, setStateValue: (name: string, value: unknown) => void}} Component
 */

/**
 * Draw a component; `elsewhere` are the parameters that a copied link leaves out. Returns its clean-up.
 * @template {{ revision: number, elsewhere?: string[] | null }} Data
 * @param {Component<Data>} component
 * @param {(root: Element, data: Data, host: Host) => void} render @param {(root: Element) => void} unmount
 */
export function mountLinked({ data, parentElement, setStateValue }, render, unmount) {
  const draw = () => {
    const commit = untilLeft((/** @type {string} */ name, /** @type {unknown} */ value) => {
      writeAddress(changesWith(name, value));
      setStateValue(name, [data.revision, value]);
    });
    const { elsewhere } = data;
    render(parentElement, data, { commit, link: elsewhere ? () => linkOf(location.href, elsewhere) : undefined });
  };
  return mount(parentElement, draw, unmount);
}
