// The text about a layer of the playground.

import { inRow, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { cosine } from "./match.js";
import { METHODS, rateCap } from "./state.js";

/**
 * @import { Token } from "./match.js"
 * @import { Match } from "./state.js"
 */

const BIPARTITE = tr(
  "The one step of bipartite matching: all A tokens find their most similar B at once, and the r best of these edges merge.",
);
/** What one of the counted steps does, by method. @type {Record<string, string>} */
const STEPS = {
  alternating: BIPARTITE,
  sequential: BIPARTITE,
  random: BIPARTITE,
  greedy: tr(
    "A step of greedy: of all tokens that are still free, the most similar pair merges. r pairs take r steps.",
  ),
  optimal: tr(
    "A step of optimal one-to-one: one A token looks for its best B; where another A token has that, the next step looks what " +
      "moving the other would cost. Drawn: the pairs after the last step.",
  ),
  kmeans: tr(
    "A step of k-means: every token goes to its nearest centre, or every centre to the mean of its tokens. 5 rounds of both are " +
      "9 steps, as the last round moves no centre. Drawn: the groups after the last step, each around the token most like its others.",
  ),
};

/** @param {string} method */
export const stepOf = (method) => STEPS[method];

/**
 * The layer, its method and its merges.
 * @param {Token[]} tokens @param {Match} match @param {{rounds: number, method: string}} shown
 */
export function factsOf(tokens, { edges, r }, { rounds, method }) {
  const [, title = method] = METHODS.find(([name]) => name === method) ?? [];
  const words = { layer: rounds + 1, count: tokens.length, method: title };
  const start =
    tokens.length === 1
      ? tr("Layer {layer}, 1 token, {method}.", words)
      : tr("Layer {layer}, {count} tokens, {method}.", words);
  return inRow([start, edges.length ? joinedSaid(tokens, edges, r) : noneSaid(tokens)]);
}

/** @param {Token[]} tokens @param {Match["edges"]} edges @param {number} r */
function joinedSaid(tokens, edges, r) {
  const { source, destination } = edges[edges.length - 1];
  const shared = new Set(edges.map((edge) => edge.destination)).size;
  const words = { r, shared, source, destination, cosine: fixed(cosine(tokens[source], tokens[destination]), 3) };
  return r === 1
    ? tr("1 token joins {shared}; least similar edge: {source} → {destination}, cosine {cosine}.", words)
    : tr("{r} tokens join {shared}; least similar edge: {source} → {destination}, cosine {cosine}.", words);
}

/** @param {Token[]} tokens */
const noneSaid = (tokens) => (rateCap(tokens) ? tr("Nothing merges.") : tr("Nothing is left to merge."));
