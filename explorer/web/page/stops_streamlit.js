// Streamlit's component contract for the article's stops. The stop in view goes into the link: it is no step in the history.

import { mount } from "../viewer/mount.js";
import { writeAddress } from "./address.js";
import { Stops } from "./stops.js";

const shown = new WeakMap();

export default function ({ data: { stop, leap }, parentElement, setStateValue }) {
  const tell = (found) => {
    writeAddress({ stop: found === 1 ? null : found });
    setStateValue("stop", found);
  };
  const draw = () => {
    if (!shown.has(parentElement)) shown.set(parentElement, new Stops({ tell }));
    shown.get(parentElement).show(stop, leap);
  };
  const unmount = () => {
    shown.get(parentElement)?.stop();
    shown.delete(parentElement);
  };
  return mount(parentElement, draw, unmount);
}
