// English sentence → its translation. The app serves this module filled for the reader's language.

/** @type {Record<string, string>} */
export const CATALOGUE = {};
