// Matching of points on a plane, seen from the origin: the same algorithms as in tome.matching, on two numbers per token.
// Every method answers { edges, steps }: edges most similar first, and the number of sequential steps.

/**
 * `members`: the points that the token stands for.
 * @typedef {{x: number, y: number}} Point
 * @typedef {Point & {size: number, members: number[]}} Token
 * @typedef {ReturnType<typeof splitPoints>} Sets
 * @typedef {{source: number, destination: number, similarity: number}} Edge
 */

/** @param {Point} p @param {Point} q */
export function cosine(p, q) {
  const length = Math.hypot(p.x, p.y) * Math.hypot(q.x, q.y);
  return length ? (p.x * q.x + p.y * q.y) / length : 0;
}

/** @param {number} seed */
export function seededRandom(seed) {
  let state = (seed * 2654435761 + 1013904223) >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** @param {number} count @param {number} seed */
export function shuffled(count, seed) {
  const random = seededRandom(seed);
  const order = Array.from({ length: count }, (_, i) => i);
  for (let i = count - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/**
 * Positions of A and B; for an odd count, A has one more.
 * @param {number} count @param {string} partition
 */
export function splitPoints(count, partition, order = shuffled(count, 1)) {
  const all = Array.from({ length: count }, (_, i) => i);
  const half = Math.floor(count / 2);
  if (partition === "alternating") return { a: all.filter((i) => i % 2 === 0), b: all.filter((i) => i % 2 === 1) };
  if (partition === "sequential") return { a: all.slice(0, count - half), b: all.slice(count - half) };
  return { a: order.slice(half).sort((x, y) => x - y), b: order.slice(0, half).sort((x, y) => x - y) };
}

/** @param {Edge} x @param {Edge} y */
const byScore = (x, y) => y.similarity - x.similarity;

/**
 * The edge of every A token to its most similar B token; the first r merge.
 * @param {Point[]} tokens @param {Sets} sets
 */
export function bipartiteEdges(tokens, { a, b }) {
  if (!b.length) return [];
  return a
    .map((source) =>
      b
        .map((destination) => ({ source, destination, similarity: cosine(tokens[source], tokens[destination]) }))
        .reduce((best, edge) => (edge.similarity > best.similarity ? edge : best)),
    )
    .sort(byScore);
}

/** @param {Point[]} tokens @param {Sets} sets @param {number} r */
export function bipartite(tokens, sets, r) {
  return { edges: bipartiteEdges(tokens, sets).slice(0, r), steps: 1 };
}

/**
 * The most similar pair, r times, each token at most once; the later token joins the earlier one.
 * @param {Point[]} tokens @param {number} r
 */
export function greedy(tokens, r) {
  const pairs = tokens
    .flatMap((first, destination) =>
      tokens
        .slice(destination + 1)
        .map((second, i) => ({ source: destination + 1 + i, destination, similarity: cosine(first, second) })),
    )
    .sort(byScore);
  /** @type {Set<number>} */
  const taken = new Set();
  /** @type {Edge[]} */
  const edges = [];
  for (const edge of pairs) {
    if (edges.length === r) break;
    if (taken.has(edge.source) || taken.has(edge.destination)) continue;
    taken.add(edge.source).add(edge.destination);
    edges.push(edge);
  }
  return { edges, steps: r };
}

/**
 * The r edges between A and B with the largest sum, no token twice. Dummy columns win all rows but r.
 * @param {Point[]} tokens @param {Sets} sets @param {number} r
 */
export function optimal(tokens, { a, b }, r) {
  if (!r) return { edges: [], steps: 0 };
  const dummies = a.length - r;
  const cost = a.map((source) => [
    ...b.map((destination) => -cosine(tokens[source], tokens[destination])),
    ...Array.from({ length: dummies }, () => -4),
  ]);
  const { column, steps } = assign(cost);
  const edges = a.flatMap((source, row) =>
    column[row] < b.length ? [{ source, destination: b[column[row]], similarity: -cost[row][column[row]] }] : [],
  );
  return { edges: edges.sort(byScore), steps };
}

/**
 * Cheapest assignment of rows to distinct columns (Hungarian method with potentials), rows ≤ columns.
 * @param {number[][]} cost
 */
export function assign(cost) {
  const [rows, columns] = [cost.length, cost[0].length];
  const [u, v] = [new Float64Array(rows + 1), new Float64Array(columns + 1)];
  const [rowOfColumn, way] = [new Int32Array(columns + 1), new Int32Array(columns + 1)];
  let steps = 0;
  for (let row = 1; row <= rows; row++) {
    rowOfColumn[0] = row;
    const least = new Float64Array(columns + 1).fill(Infinity);
    const used = new Uint8Array(columns + 1);
    let at = 0;
    do {
      steps++;
      used[at] = 1;
      let [delta, next] = [Infinity, 0];
      for (let j = 1; j <= columns; j++) {
        if (used[j]) continue;
        const reduced = cost[rowOfColumn[at] - 1][j - 1] - u[rowOfColumn[at]] - v[j];
        if (reduced < least[j]) {
          least[j] = reduced;
          way[j] = at;
        }
        if (least[j] < delta) {
          delta = least[j];
          next = j;
        }
      }
      for (let j = 0; j <= columns; j++) {
        if (used[j]) {
          u[rowOfColumn[j]] += delta;
          v[j] -= delta;
        } else least[j] -= delta;
      }
      at = next;
    } while (rowOfColumn[at]);
    while (at) {
      rowOfColumn[at] = rowOfColumn[way[at]];
      at = way[at];
    }
  }
  const column = new Int32Array(rows);
  for (let j = 1; j <= columns; j++) if (rowOfColumn[j]) column[rowOfColumn[j] - 1] = j - 1;
  return { column: Array.from(column), steps };
}

/** @param {number} count @param {(i: number) => number} value */
function largest(count, value) {
  let best = 0;
  for (let i = 1; i < count; i++) if (value(i) > value(best)) best = i;
  return best;
}

/**
 * Cluster directions, starting from the tokens `start`, in five rounds; an empty cluster takes the worst fit.
 * @param {Token[]} tokens @param {number[]} start
 */
export function kmeans(tokens, start, rounds = 5) {
  const units = tokens.map(({ x, y }) => {
    const l = Math.hypot(x, y) || 1;
    return { x: x / l, y: y / l };
  });
  /** @type {Point[]} */
  let centres = start.map((i) => units[i]);
  /** @type {number[]} */
  let label = [];
  for (let round = 0; round < rounds; round++) {
    label = units.map((unit) => largest(centres.length, (c) => cosine(unit, centres[c])));
    fillEmpty(
      label,
      units.map((unit, i) => cosine(unit, centres[label[i]])),
      centres.length,
    );
    centres = centres.map((_, c) =>
      meanOf(units.map((unit, i) => ({ ...unit, size: tokens[i].size })).filter((__, i) => label[i] === c)),
    );
  }
  return { edges: medoidEdges(tokens, label, centres.length), steps: 2 * rounds - 1, label };
}

/** @param {number[]} label @param {number[]} closeness @param {number} count */
function fillEmpty(label, closeness, count) {
  const order = [...label.keys()].sort((i, j) => closeness[j] - closeness[i]);
  /** @type {Set<number>} */
  const seen = new Set();
  /** @type {number[]} */
  const spare = [];
  for (const i of order) {
    if (seen.has(label[i])) spare.push(i);
    seen.add(label[i]);
  }
  for (let c = 0; c < count; c++) {
    const worst = seen.has(c) ? undefined : spare.pop();
    if (worst !== undefined) label[worst] = c;
  }
}

/** @param {Point[]} tokens @param {number[]} label @param {number} count */
function medoidEdges(tokens, label, count) {
  /** @type {Edge[]} */
  const edges = [];
  for (let c = 0; c < count; c++) {
    const group = [...label.keys()].filter((i) => label[i] === c);
    const nearness = group.map((i) => group.reduce((sum, j) => sum + (i === j ? 0 : cosine(tokens[i], tokens[j])), 0));
    const leader = group[largest(group.length, (i) => nearness[i])];
    for (const i of group)
      if (i !== leader) edges.push({ source: i, destination: leader, similarity: cosine(tokens[i], tokens[leader]) });
  }
  return edges.sort(byScore);
}

/**
 * Size-weighted mean of tokens.
 * @param {(Point & {size: number})[]} tokens
 */
export function meanOf(tokens) {
  const size = tokens.reduce((sum, token) => sum + token.size, 0);
  /** @param {"x" | "y"} axis */
  const of = (axis) => tokens.reduce((sum, token) => sum + token.size * token[axis], 0) / size;
  return { x: of("x"), y: of("y"), size };
}

/** @param {Edge[]} edges */
export function keptSum(edges) {
  return edges.reduce((sum, edge) => sum + edge.similarity, 0);
}
