// What the page says in the reader's language, by the English sentence. The app serves this module with what is translated.

/** @type {Record<string, string>} */
export const CATALOGUE = {};
