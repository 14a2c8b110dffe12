// Streamlit calls a component again, on the same element, when its data or theme change. Usually it runs only the last
// call's clean-up, when the element is removed. But a call that was superseded while the script was loading still
// arrives, before or after the newer one, and its clean-up runs at once: that one must leave the element unchanged.
// In another language the component has another script, called on the same element without a clean-up of the first.

/** @type {WeakMap<Element, () => void>} */
const latest = new WeakMap();
const GONE = Symbol.for("tome.gone"); // on the element: how to take away what a script has drawn, and whose it is

/** @typedef {Element & { [GONE]?: { by: typeof latest, remove: () => void } }} Root */

/**
 * @template Data
 * @typedef {object} Component what Streamlit calls a component with
 * @property {Data} data
 * @property {Element} parentElement
 * @property {(name: string, value: unknown) => void} setStateValue
 * @property {(name: string, value: unknown) => void} setTriggerValue
 */

/**
 * Draw this call of the component in `root`. Return its clean-up, which may call `unmount(root)`.
 * @param {Root} root @param {() => void} draw @param {(root: Root) => void} unmount
 */
export function mount(root, draw, unmount) {
  const remove = () => {
    latest.delete(root);
    root[GONE] = undefined;
    unmount(root);
  };
  if (root[GONE] && root[GONE].by !== latest) root[GONE].remove();
  root[GONE] = { by: latest, remove };
  /** @type {(() => void) | null | undefined} */
  let before = latest.get(root);
  latest.set(root, draw);
  draw();
  let atOnce = true;
  setTimeout(() => {
    [atOnce, before] = [false, null];
  }); // release the closure's data
  return () => {
    if (latest.get(root) !== draw) return;
    if (atOnce && root.isConnected) {
      if (!before) return; // the newer call is still to come
      latest.set(root, before);
      before();
      return;
    }
    remove();
  };
}
