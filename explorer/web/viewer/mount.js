// Streamlit calls a component again, on the same element, when its data or theme change. Mostly only the last call's
// clean-up is run, when the element goes. But a call that was overtaken while the script was loading still comes, before
// or after the one that overtook it, and has its own clean-up run at once: that one must leave the element as it was.

const latest = new WeakMap();

/** Draw this call of the component in `root`. Returns its clean-up, which may end in `unmount(root)`. */
export function mount(root, draw, unmount) {
  let before = latest.get(root);
  latest.set(root, draw);
  draw();
  let atOnce = true;
  setTimeout(() => {
    [atOnce, before] = [false, null];
  }); // a call holds its data
  return () => {
    if (latest.get(root) !== draw) return;
    if (atOnce && root.isConnected) {
      if (!before) return; // the one that counts is on its way
      latest.set(root, before);
      before();
      return;
    }
    latest.delete(root);
    unmount(root);
  };
}
