// One view for each element that a host draws in.

/**
 * What a host does for a view: commit(name, value) keeps where the reader is, once a gesture has ended. The viewer's also
 * takes the panel that others are compared with, and has the address of what is seen.
 * @typedef {{commit: (name: string, value: unknown) => void, refer?: (panel: number) => void, link?: () => string}} Host
 */

/** Returns render(root, data, host), which makes a view on the first call and updates it later, and unmount(root). */
export function perRoot(View) {
  const views = new WeakMap();
  const unmount = (root) => {
    views.get(root)?.destroy();
    views.delete(root);
  };
  const render = (root, data, host) => {
    if (!views.has(root)) views.set(root, new View(root));
    try {
      views.get(root).update(data, host);
    } catch (error) {
      unmount(root);
      throw error;
    }
  };
  return { render, unmount };
}
