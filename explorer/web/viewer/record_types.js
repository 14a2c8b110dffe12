// Written by explorer/records/types.py from the schema of a record; do not edit.

/**
 * @typedef {object} Box
 * @property {number} x
 * @property {number} y
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {object} Figures
 * @property {number} gflops
 * @property {Array<number>} block_gflops
 * @property {Array<[string, number]>} top
 */

/**
 * @typedef {object} Frames
 * @property {Array<number>} times
 * @property {string} attention
 * @property {Array<number>} spanning
 */

/**
 * @typedef {object} Heard
 * @property {number} seconds
 * @property {number} heard
 * @property {number} step
 * @property {number} width
 * @property {boolean} overlap
 */

/**
 * @typedef {object} Layer
 * @property {number} tokens
 * @property {string} labels
 * @property {Array<number>} source
 * @property {Array<number>} destination
 * @property {Array<number>} similarity
 */

/**
 * @typedef {object} Origin
 * @property {string} software
 * @property {string} link
 * @property {string} query
 * @property {string} name
 * @property {boolean} own
 * @property {string} digest
 * @property {Array<[string, string]>} settings
 */

/**
 * @typedef {object} Photo
 * @property {string} src
 * @property {number} width
 * @property {number} height
 */

/**
 * @typedef {object} Sound
 * @property {number} seconds
 * @property {number} step
 * @property {string} plain
 * @property {string} merged
 * @property {number} words
 * @property {number} changed
 * @property {number} away
 * @property {number} silent
 */

/**
 * @typedef {object} Text
 * @property {Array<string>} words
 * @property {boolean} cut
 */

/**
 * @typedef {object} Record
 * @property {2} version
 * @property {string} name
 * @property {string} caption
 * @property {Photo} picture
 * @property {Box} view
 * @property {[number, number]} grid
 * @property {string} colours
 * @property {number} prefix
 * @property {number} depth
 * @property {Array<Layer>} layers
 * @property {Figures|null} figures
 * @property {Figures|null} plain
 * @property {number|null} class_cosine
 * @property {Frames|null} frames
 * @property {Sound|null} sound
 * @property {Heard|null} heard
 * @property {Text|null} text
 * @property {Origin|null} origin
 */

export {};
