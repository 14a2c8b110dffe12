// Streamlit calls a component again, on the same element, when its data or theme change. Mostly only the last call's
// clean-up is run, when the element goes. But a call that was overtaken while the script was loading has its own run at
// once, after the next call has drawn: then it must leave the element alone.

const latest = new WeakMap();

/** The clean-up of this call: `unmount(root)`, unless a newer call has taken `root` over by then. */
export function cleanUp(root, unmount) {
  const call = {};
  latest.set(root, call);
  return () => {
    if (latest.get(root) === call) unmount(root);
  };
}
