// One layer's matching as Python sends it (explorer/lesson/teaching.py), decoded once.

export const PREFIX = 0;
export const SET_A = 1;
export const SET_B = 2;
export const STEPS_OF_ONE = 10000;

/**
 * What Python sends of a layer; numbers in a string are bytes in base64.
 * @typedef {object} LessonRecord
 * @property {number} version
 * @property {import("../viewer/record_types.js").Photo} picture
 * @property {import("../viewer/record_types.js").Box} view
 * @property {[number, number]} grid
 * @property {number} layer
 * @property {number} depth
 * @property {string[]} prefix
 * @property {number} tokens
 * @property {number} cap
 * @property {number} r
 * @property {number} heads
 * @property {number} width
 * @property {number} dimension
 * @property {string} labels
 * @property {string} sizes
 * @property {string} values
 * @property {string} keys
 * @property {number[]} a
 * @property {number[]} b
 * @property {number[]} choice
 * @property {number[]} order
 * @property {string} similarity
 * @property {string} proportional
 * @property {string} unweighted
 * @property {string} unmerged
 * @property {{proportional: number, unweighted: number}} fidelity
 * @property {number | null} opening
 */

/**
 * @typedef {ReturnType<typeof decodeLesson>} Lesson
 * @typedef {Lesson["edges"][number]} Edge
 */

/** @param {string} base64 */
function bytesOf(base64) {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

/**
 * The patches of each token.
 * @param {Uint16Array} labels @param {number} tokens
 */
function membersPerToken(labels, tokens) {
  const members = Array.from({ length: tokens }, () => /** @type {number[]} */ ([]));
  labels.forEach((token, patch) => members[token].push(patch));
  return members;
}

/** @param {LessonRecord} record */
export function decodeLesson(record) {
  if (record.version !== 1) throw new RangeError(`version must be 1, got ${record.version}`);
  const [rows, cols] = record.grid;
  const set = new Uint8Array(record.tokens).fill(PREFIX);
  const place = new Uint16Array(record.tokens);
  record.a.forEach((token, i) => {
    set[token] = SET_A;
    place[token] = i;
  });
  record.b.forEach((token, i) => {
    set[token] = SET_B;
    place[token] = i;
  });
  const labels = new Uint16Array(bytesOf(record.labels).buffer);
  const similarity = new Int16Array(bytesOf(record.similarity).buffer);
  const values = new Float32Array(bytesOf(record.values).buffer);
  const edges = record.order.map((row, rank) => ({
    source: record.a[row],
    destination: record.b[record.choice[row]],
    rank,
    similarity: similarity[row * record.b.length + record.choice[row]] / STEPS_OF_ONE,
  }));
  return {
    ...record,
    rows,
    cols,
    labels,
    set,
    place,
    similarity,
    values,
    sizes: new Uint16Array(bytesOf(record.sizes).buffer),
    keys: new Int8Array(bytesOf(record.keys).buffer),
    proportional: new Float32Array(bytesOf(record.proportional).buffer),
    unweighted: new Float32Array(bytesOf(record.unweighted).buffer),
    unmerged: new Float32Array(bytesOf(record.unmerged).buffer),
    members: membersPerToken(labels, record.tokens),
    channels: values.length / record.tokens,
    edges,
    edgeFrom: new Map(edges.map((edge) => [edge.source, edge])),
  };
}
