// A layer of nine tokens written out by hand: a class token, four in B (1 3 5 7) and four in A (2 4 6 8), on 2 × 5 patches.

const base64 = (values) => Buffer.from(values.buffer).toString("base64");

// Rows are A tokens, columns B tokens. 2 and 4 both like 3 best; 6 likes 1; 8 likes 7, least of all.
const TABLE = [
  [0.1, 0.9, 0.2, 0.3],
  [0.2, 0.8, 0.1, 0.0],
  [0.95, 0.3, 0.2, 0.1],
  [-0.2, 0.1, 0.0, 0.4],
];

export const RECORD = {
  version: 1,
  name: "dog",
  grid: [2, 5],
  picture: { src: "", width: 50, height: 20 },
  view: { x: 0, y: 0, width: 50, height: 20 },
  layer: 3,
  depth: 4,
  prefix: ["class token"],
  tokens: 9,
  cap: 4,
  r: 2,
  heads: 2,
  width: 6,
  dimension: 2,
  labels: base64(Uint16Array.from([1, 2, 3, 3, 3, 4, 5, 6, 7, 8])),
  sizes: base64(Uint16Array.from([1, 1, 1, 3, 1, 1, 1, 1, 1])),
  values: base64(Float32Array.from({ length: 18 }, (_, i) => i)),
  keys: base64(new Int8Array(18)),
  a: [2, 4, 6, 8],
  b: [1, 3, 5, 7],
  choice: [1, 1, 0, 3],
  order: [2, 0, 1, 3],
  similarity: base64(Int16Array.from(TABLE.flat(), (value) => Math.round(value * 10000))),
  proportional: base64(Float32Array.from([0.1, 0.1, 0.1, 0.3, 0.1, 0.1, 0.1, 0.05, 0.05])),
  unweighted: base64(Float32Array.from([0.2, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1])),
  unmerged: base64(Float32Array.from([0.1, 0.1, 0.1, 0.35, 0.1, 0.1, 0.05, 0.05, 0.05])),
};

/** Nothing left to match: a class token and one patch token. */
export const ALONE = {
  ...RECORD,
  grid: [1, 2],
  tokens: 2,
  cap: 0,
  r: 0,
  a: [],
  b: [1],
  choice: [],
  order: [],
  similarity: "",
  labels: base64(Uint16Array.from([1, 1])),
  sizes: base64(Uint16Array.from([1, 2])),
  values: base64(new Float32Array(4)),
  keys: base64(new Int8Array(4)),
};
