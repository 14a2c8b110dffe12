// Stories for the tests: tiny ones written out, and a seeded random one of the shape that a real run has.

const base64 = (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("base64");

/** layers: [{labels, merges: [[source, destination, similarity], …]}]; tokens are counted from the labels. */
export function storyOf([rows, cols], layers, more = {}) {
  const prefix = more.prefix ?? 1;
  return {
    version: 2,
    name: "dog.webp",
    caption: "",
    grid: [rows, cols],
    prefix,
    picture: { src: "", width: 10 * cols, height: 10 * rows },
    view: { x: 0, y: 0, width: 10 * cols, height: 10 * rows },
    colours: base64(Uint8Array.from({ length: 3 * rows * cols }, (_, i) => (37 * i) % 256)),
    layers: layers.map(({ labels, merges = [] }) => ({
      tokens: prefix + new Set(labels.filter((label) => label !== 65535)).size,
      labels: base64(Uint16Array.from(labels)),
      source: merges.map(([source]) => source),
      destination: merges.map((merge) => merge[1]),
      similarity: merges.map((merge) => merge[2]),
    })),
    ...more,
  };
}

// 2 × 3 patches. Layer 1: 0 joins 1. Layer 2: that region takes in the patch below it; the last patch is dropped.
export const SMALL = storyOf(
  [2, 3],
  [
    { labels: [0, 1, 2, 3, 4, 5] },
    { labels: [3, 3, 0, 1, 2, 4], merges: [[0, 1, 0.9]] },
    { labels: [1, 1, 0, 1, 2, 65535], merges: [[3, 1, 0.5]] },
  ],
);

function randomFrom(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** r random pairs of touching regions merge in each layer. */
export function randomStory({ rows = 16, cols = 22, depth = 12, r = 24, seed = 7 } = {}) {
  const random = randomFrom(seed);
  let labels = Array.from({ length: rows * cols }, (_, patch) => patch);
  const layers = [{ labels }];
  for (let index = 0; index < depth; index++) {
    const merges = [];
    const taken = new Set();
    while (merges.length < r) {
      const patch = Math.floor(random() * rows * cols);
      const other = random() < 0.5 && (patch + 1) % cols ? patch + 1 : (patch + cols) % (rows * cols);
      const [source, destination] = [labels[patch], labels[other]];
      if (source === destination || taken.has(source) || taken.has(destination)) continue;
      taken.add(source).add(destination);
      merges.push([source, destination, 1 - merges.length / 100]);
    }
    const to = new Map(merges.map(([source, destination]) => [source, destination]));
    const merged = labels.map((token) => to.get(token) ?? token);
    const numbers = [...new Set(merged)].sort((a, b) => a - b);
    const rank = new Map(numbers.map((token, i) => [token, i]));
    labels = merged.map((token) => rank.get(token));
    layers.push({ labels, merges });
  }
  return storyOf([rows, cols], layers);
}
