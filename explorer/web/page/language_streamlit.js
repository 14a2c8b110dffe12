// Tells the browser in which language the page is: a screen reader speaks it so, and the typeface is chosen by it.

const STREAMLITS_OWN = "en";

export default function ({ data: { tag } }) {
  document.documentElement.lang = tag;
  return () => {
    document.documentElement.lang = STREAMLITS_OWN;
  };
}
