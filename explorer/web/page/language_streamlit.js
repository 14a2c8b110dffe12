// Sets the language of the page, for screen readers and the choice of a typeface.

const STREAMLITS_OWN = "en";

export default function ({ data: { tag } }) {
  document.documentElement.lang = tag;
  return () => {
    document.documentElement.lang = STREAMLITS_OWN;
  };
}
