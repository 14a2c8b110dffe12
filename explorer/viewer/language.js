// The reader's language. The app sends each script with the catalogue of its language: see explorer/viewer/__init__.py.

/** @type {Record<string, string>} */
const CATALOGUE = {};

const PLACES = /\{(\w+)[^{}]*\}/g;

/** `english` in the reader's language, with `values` for its {names}. What is not in the catalogue stays as it is. */
export function tr(english, values = null) {
  const text = CATALOGUE[english] ?? english;
  return values ? text.replace(PLACES, (_, name) => String(values[name])) : text;
}

/** `text` in parts, for what holds elements among its words: `parts` are nodes or texts for the {names}. */
export function inParts(text, parts) {
  return text.split(PLACES).map((part, index) => (index % 2 ? parts[part] : part));
}
