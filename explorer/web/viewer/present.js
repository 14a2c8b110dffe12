// Present: the viewer or lesson in full screen and large type, controlled by the keys of a slide clicker.

import { tr } from "../page/language.js";
import { element, setIcon } from "./controls.js";

/**
 * @typedef {EventTarget & { matches?: (selectors: string) => boolean }} Target
 * @typedef {Node & { host?: Node, scrollTop?: number }} Around
 */

/** Told to the document at each turn of a presentation; a card that is open then closes. */
export const TURNED = "tome-turned";

/** @type {{ [key: string]: number }} */
const CLICKER = {
  PageDown: 1,
  ArrowRight: 1,
  ArrowDown: 1,
  PageUp: -1,
  ArrowLeft: -1,
  ArrowUp: -1,
  Home: -Infinity,
  End: Infinity,
};
const ALWAYS = /^(PageDown|PageUp|Escape)$/;
const PRESSED = "button, summary, a, select, textarea, input:not([type=range])"; // controls that use Space

export class Present {
  /**
   * step(by) moves forward or back; keep() returns a function that restores the cursor at the end; play(target) is what
   * Space does, if given.
   * @param {{ step: (by: number) => void, keep: () => () => void, play?: (target: EventTarget) => void }} does
   */
  constructor({ step, keep, play }) {
    this.step = step;
    this.keep = keep;
    this.play = play;
    this.root = document.documentElement;
    /** @type {(() => void) | null} */
    this.restore = null;
    this.button = element("button", { type: "button", class: "tome-button tome-present", click: () => this.toggle() });
    this.showButton();
    this.onChange = () => {
      if (this.restore && !this.covers()) this.ended();
    };
    // On the document: the focus is on nothing once the focused button has been replaced.
    /** @param {KeyboardEvent} event */
    this.onKey = (event) => event.defaultPrevented || this.handleKey(event);
    // Before what is shown, which has an Esc and pages of its own.
    /** @param {KeyboardEvent} event */
    this.onEarlyKey = (event) => ALWAYS.test(event.key) && this.handleKey(event);
  }

  /**
   * Set `root`, the element to show in full screen.
   * @param {HTMLElement} root
   */
  of(root) {
    this.root = root;
    document.addEventListener("fullscreenchange", this.onChange);
  }

  get on() {
    return this.restore !== null;
  }

  covers() {
    return document.fullscreenElement !== null || this.root.hasAttribute("popover");
  }

  /** Whether the page around presents it already. */
  within() {
    return !this.on && document.documentElement.hasAttribute("data-present");
  }

  showButton() {
    const name = this.on ? tr("End (Esc)") : tr("Present");
    setIcon(
      this.button,
      this.on ? "close" : "present",
      this.on ? tr("End presenting (Esc)") : tr("Present: full screen (f)"),
    );
    this.button.removeAttribute("aria-label");
    this.button.append(element("span", {}, name));
  }

  toggle() {
    if (this.on) this.end();
    else this.begin();
  }

  async begin() {
    /** @typedef {(Document | ShadowRoot) & { activeElement: HTMLElement | null }} Page */
    const page = /** @type {Page} */ (this.root.getRootNode());
    const [back, focused] = [this.keep(), page.activeElement];
    const places = scrolledAround(this.root);
    this.restore = () => {
      for (const [node, top] of places) node.scrollTop = top;
      (focused ?? this.button).focus({ preventScroll: true });
      back();
    };
    this.root.toggleAttribute("data-present", true);
    this.showButton();
    document.addEventListener("keydown", this.onEarlyKey, true);
    document.addEventListener("keydown", this.onKey);
    try {
      await this.root.requestFullscreen();
    } catch {
      // No full screen in a frame without allow="fullscreen" or on a phone: at least cover the page.
      if (this.root !== document.documentElement) {
        this.root.setAttribute("popover", "manual");
        this.root.showPopover?.();
      }
    }
    this.root.tabIndex = -1;
    this.root.focus({ preventScroll: true });
  }

  end() {
    if (this.root.hasAttribute("popover")) {
      this.root.removeAttribute("popover");
      this.ended();
    } else if (document.fullscreenElement) document.exitFullscreen();
    else this.ended();
  }

  ended() {
    const restore = this.restore ?? (() => {});
    this.restore = null;
    this.letGo();
    this.root.removeAttribute("data-present");
    this.showButton();
    requestAnimationFrame(restore); // after the page has regained its height
  }

  /**
   * Handle f to begin; while presenting, Esc to end, a clicker's keys to step, Space to play. Return whether the key was used.
   * @param {KeyboardEvent} event
   */
  handleKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.within()) return false;
    /** @type {Target} */
    const target = event.composedPath()[0];
    const field = target.matches?.("select, textarea, input:not([type=range], [type=radio], [type=checkbox])");
    if (event.key === "f" && !field) this.toggle();
    else if (!this.on) return false;
    else if (event.key === "Escape") this.end();
    else if (event.key in CLICKER && (ALWAYS.test(event.key) || !(field || isArrow(event, target))))
      this.turn(event.key);
    else if (event.key === " " && this.play && !target.matches?.(PRESSED)) this.play(target);
    else return false;
    event.preventDefault();
    event.stopPropagation();
    return true;
  }

  /** @param {string} key */
  turn(key) {
    document.dispatchEvent(new Event(TURNED));
    this.step(CLICKER[key]);
  }

  letGo() {
    document.removeEventListener("keydown", this.onEarlyKey, true);
    document.removeEventListener("keydown", this.onKey);
  }

  stop() {
    this.letGo();
    document.removeEventListener("fullscreenchange", this.onChange);
  }
}

// Arrow keys belong to a focused slider.
/** @param {KeyboardEvent} event @param {Target} target */
function isArrow(event, target) {
  return /^Arrow/.test(event.key) && target.matches?.("input[type=range], input[type=radio]");
}

/**
 * The scrolled ancestors of `node` with their positions.
 * @param {Node} node
 */
function scrolledAround(node) {
  /** @type {[Around, number][]} */
  const found = [];
  /** @type {Around | null | undefined} */
  let at = node;
  while (at) {
    if (at.scrollTop) found.push([at, at.scrollTop]);
    at = at.parentNode ?? at.host;
  }
  return found;
}
