// A picture of the article, inline in the page: only there can scrolling animate it.

/** @import { Component } from "../viewer/mount.js" */

/** @type {WeakMap<Element, string>} */
const drawn = new WeakMap();

/** @param {Component<{ svg: string, told: string, scrolls: boolean }>} component */
export default function ({ data: { svg, told, scrolls }, parentElement }) {
  if (drawn.get(parentElement) === svg) return;
  drawn.set(parentElement, svg);
  const place = document.createElement("div");
  place.innerHTML = svg;
  const picture = place.firstElementChild;
  picture?.setAttribute("role", "img");
  picture?.setAttribute("aria-label", told);
  picture?.toggleAttribute("data-scrolls", scrolls);
  parentElement.replaceChildren(place);
}
