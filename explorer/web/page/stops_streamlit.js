// Streamlit's component contract for the article's stops. The stop in view goes into the link, without a history entry.

import { element } from "../viewer/controls.js";
import { mount } from "../viewer/mount.js";
import { Present } from "../viewer/present.js";
import { untilLeft, writeAddress } from "./address.js";
import { Stops } from "./stops.js";

const shown = new WeakMap();

class Article {
  constructor(root, commit) {
    const tell = untilLeft((found) => {
      writeAddress({ stop: found === 1 ? null : found });
      commit("stop", found);
    });
    this.stops = new Stops({ tell });
    this.present = new Present({ step: (by) => this.stops.step(by), keep: () => this.stops.present() });
    this.present.of(document.documentElement);
    this.onKey = (event) => event.defaultPrevented || this.present.handleKey(event);
    document.addEventListener("keydown", this.onKey);
    this.place = element("div", { class: "tome-viewer tome-alone" }, this.present.button); // for the button's colours
    root.append(this.place);
  }

  stop() {
    this.stops.stop();
    this.present.stop();
    document.removeEventListener("keydown", this.onKey);
    document.documentElement.removeAttribute("data-present");
    this.place.remove();
  }
}

export default function ({ data: { stop, leap }, parentElement, setStateValue }) {
  const draw = () => {
    if (!shown.has(parentElement)) shown.set(parentElement, new Article(parentElement, setStateValue));
    shown.get(parentElement).stops.show(stop, leap);
  };
  const unmount = () => {
    shown.get(parentElement)?.stop();
    shown.delete(parentElement);
  };
  return mount(parentElement, draw, unmount);
}
