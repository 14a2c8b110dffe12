// Elements of a page and buttons with icons. Text enters only through textContent.

const SVG = "http://www.w3.org/2000/svg";

/**
 * A value or a listener; null and false leave an attribute out.
 * @typedef {string | number | boolean | null | { on(event: Event): void }["on"]} Attribute
 * @typedef {{ [Name in keyof HTMLElementEventMap]?: (event: HTMLElementEventMap[Name]) => void }} Listeners
 * @typedef {Listeners & { [name: string]: Attribute }} Attributes
 */

const ICONS = {
  first: "M5 4v12M15 4l-7 6 7 6z",
  back: "M13 4l-7 6 7 6z",
  play: "M6 3.5l10 6.5-10 6.5z",
  pause: "M6 4h2.5v12H6zM11.5 4H14v12h-2.5z",
  forward: "M7 4l7 6-7 6z",
  save: "M10 3v9M6 8.5l4 4 4-4M4 16.5h12",
  link: "M8.5 11.5l3-3M9 6l2-2a3.2 3.2 0 0 1 5 5l-2 2M11 14l-2 2a3.2 3.2 0 0 1-5-5l2-2",
  present: "M3 7V3.5h4M13 3.5h4V7M17 13v3.5h-4M7 16.5H3V13",
  close: "M5 5l10 10M15 5L5 15",
};

/**
 * @template {Element} Made @param {Made} node @param {{ [name: string]: Attribute }} attributes
 * @param {(Node | string)[]} children
 */
function fillNode(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name, value);
    else if (value !== null && value !== false) node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/**
 * @template {keyof HTMLElementTagNameMap} Tag @param {Tag} tag @param {Attributes} attributes
 * @param {...(Node | string)} children
 */
export function element(tag, attributes = {}, ...children) {
  return fillNode(document.createElement(tag), attributes, children);
}

/**
 * @template {keyof SVGElementTagNameMap} Tag @param {Tag} tag @param {Attributes} attributes
 * @param {...(Node | string)} children
 */
export function svgElement(tag, attributes = {}, ...children) {
  return fillNode(document.createElementNS(SVG, tag), attributes, children);
}

/** @param {HTMLElement} button @param {keyof typeof ICONS} name @param {string} label */
export function setIcon(button, name, label) {
  const path = svgElement("path", { d: ICONS[name] });
  const icon = svgElement("svg", { viewBox: "0 0 20 20", class: "tome-icon", "aria-hidden": "true" }, path);
  button.replaceChildren(icon);
  button.setAttribute("aria-label", label);
  button.title = label;
}

/** @param {keyof typeof ICONS} icon @param {string} label @param {() => void} click */
export function iconButton(icon, label, click) {
  const button = element("button", { type: "button", class: "tome-button", click });
  setIcon(button, icon, label);
  return button;
}
