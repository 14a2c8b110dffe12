// Streamlit calls a component again, on the same element, when its data or theme change. Usually it runs only the last
// call's clean-up, when the element is removed. But a call that was superseded while the script was loading still
// arrives, before or after the newer one, and its clean-up runs at once: that one must leave the element unchanged.

const latest = new WeakMap();

/** Draw this call of the component in `root`. Return its clean-up, which may call `unmount(root)`. */
export function mount(root, draw, unmount) {
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
    latest.delete(root);
    unmount(root);
  };
}
