// Sets the language of the page, for screen readers and the choice of a typeface.

/** @import { Component } from "../viewer/mount.js" */

const STREAMLITS_OWN = "en";

/** @param {Component<{ tag: string }>} component */
export default function ({ data: { tag } }) {
  document.documentElement.lang = tag;
  return () => {
    document.documentElement.lang = STREAMLITS_OWN;
  };
}
