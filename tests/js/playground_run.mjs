// Reads cases from stdin and answers what the playground makes of them; a Python test compares that with tome.

import { readFileSync } from "node:fs";
import { bipartite, greedy, kmeans, meanOf, optimal, splitPoints } from "../../explorer/web/playground/match.js";
import { mergePoints } from "../../explorer/web/playground/state.js";

function answer({ points, sizes, r, order }) {
  const tokens = points.map(([x, y], i) => ({ x, y, size: sizes[i], members: [i] }));
  const split = (partition) => splitPoints(tokens.length, partition, order);
  const start = order.slice(0, tokens.length - r).sort((a, b) => a - b);
  const methods = {
    alternating: { ...bipartite(tokens, split("alternating"), r), sets: split("alternating") },
    sequential: { ...bipartite(tokens, split("sequential"), r), sets: split("sequential") },
    random: { ...bipartite(tokens, split("random"), r), sets: split("random") },
    greedy: greedy(tokens, r),
    optimal: { ...optimal(tokens, split("alternating"), r), sets: split("alternating") },
    kmeans: kmeans(tokens, start),
  };
  return Object.fromEntries(
    Object.entries(methods).map(([name, match]) => [
      name,
      {
        sum: match.edges.reduce((sum, edge) => sum + edge.similarity, 0),
        groups: mergePoints(tokens, match).map((token) => ({
          ...meanOf([token]),
          members: [...token.members].sort((a, b) => a - b),
        })),
      },
    ]),
  );
}

console.log(JSON.stringify(JSON.parse(readFileSync(0, "utf8")).map(answer)));
