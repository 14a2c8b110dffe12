// One view for each element that a host draws in.

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
