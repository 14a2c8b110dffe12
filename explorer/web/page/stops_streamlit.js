// Streamlit's component contract for the article's stops. The stop in view goes into the link, without a history entry.

import { element } from "../viewer/controls.js";
import { mount } from "../viewer/mount.js";
import { Present } from "../viewer/present.js";
import { untilLeft, writeAddress } from "./address.js";
import { Stops } from "./stops.js";

/** @import { Component } from "../viewer/mount.js" */

/** @type {WeakMap<Element, Article>} */
const shown = new WeakMap();

class Article {
  /** @param {Element} root @param {(name: string, value: unknown) => void} commit */
  constructor(root, commit) {
    this.revision = 0;
    const tell = untilLeft((/** @type {number} */ found) => {
      writeAddress({ stop: found === 1 ? null : found });
      commit("stop", [this.revision, found]);
    });
    this.stops = new Stops({ tell });
    this.present = new Present({ step: (by) => this.stops.step(by), keep: () => this.stops.present() });
    this.present.of(document.documentElement);
    /** @param {KeyboardEvent} event */
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

/** @param {Component<{ stop: number, leaps: number, revision: number }>} component */
export default function ({ data: { stop, leaps, revision }, parentElement, setStateValue }) {
  const draw = () => {
    const article = shown.get(parentElement) ?? new Article(parentElement, setStateValue);
    shown.set(parentElement, article);
    article.revision = revision;
    article.stops.show(stop, `${revision} ${leaps}`);
  };
  const unmount = () => {
    shown.get(parentElement)?.stop();
    shown.delete(parentElement);
  };
  return mount(parentElement, draw, unmount);
}
