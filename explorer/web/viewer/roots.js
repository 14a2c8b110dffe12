// One view per element of a host.

/**
 * A view's host: commit(name, value) keeps the cursor after a gesture. For the viewer, refer(panel) sets the reference
 * panel, and link() returns the address of the view.
 * @typedef {{commit: (name: string, value: unknown) => void, refer?: (panel: number) => void, link?: () => string}} Host
 */

/**
 * @template Data
 * @typedef {{ update(data: Data, host: Host): void, destroy(): void }} Rooted
 */

/**
 * Return render(root, data, host), which creates a view on the first call and then updates it, and unmount(root).
 * @template Data @param {new (root: Element, data: Data) => Rooted<Data>} View
 */
export function perRoot(View) {
  /** @type {WeakMap<Element, Rooted<Data>>} */
  const views = new WeakMap();
  /** @param {Element} root */
  const unmount = (root) => {
    views.get(root)?.destroy();
    views.delete(root);
  };
  /** @param {Element} root @param {Data} data @param {Host} host */
  const render = (root, data, host) => {
    const view = views.get(root) ?? new View(root, data);
    views.set(root, view);
    try {
      view.update(data, host);
    } catch (error) {
      unmount(root);
      throw error;
    }
  };
  return { render, unmount };
}
