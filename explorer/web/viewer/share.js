// "Copy link": the address contains the whole view.

import { tr } from "../page/language.js";
import { element, setIcon } from "./controls.js";

const SAID_MS = 2500;

/**
 * A button; `settle()` puts the view into the link before it is copied.
 * @param {() => void} settle
 */
export function makeCopyLink(settle) {
  /** @type {(() => string) | undefined} */
  let link;
  let said = tr("Copied");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let over;
  const label = element("span", { "aria-live": "polite" }, tr("Copy link"));
  const button = element("button", {
    type: "button",
    class: "tome-button tome-share",
    hidden: true,
    click: async () => {
      settle();
      button.style.minWidth = `${button.getBoundingClientRect().width}px`; // keep the width during a shorter text
      label.textContent = link && (await copied(link())) ? said : tr("Copy it from the address bar");
      clearTimeout(over);
      over = setTimeout(() => {
        label.textContent = tr("Copy link");
      }, SAID_MS);
    },
  });
  setIcon(button, "link", tr("The address of this page shows what you see: layer, pin and choices"));
  button.removeAttribute("aria-label");
  button.append(label);
  return {
    button,
    /**
     * `read()` returns the link; without it the button is hidden. `own`: whether no link can hold what is shown.
     * @param {(() => string) | undefined} read
     */
    offer(read, own = false) {
      link = read;
      said = own ? tr("Copied; it opens a sample") : tr("Copied");
      button.hidden = !read;
    },
  };
}

/** @param {string} text */
export async function copied(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copiedFromField(text); // no permission, or plain HTTP
  }
}

/** @param {string} text */
function copiedFromField(text) {
  const field = element("textarea", { "aria-hidden": "true" });
  field.value = text;
  document.body.append(field);
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
