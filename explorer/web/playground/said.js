// The text about a layer of the playground.

import { inRow, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { cosine } from "./match.js";
import { METHODS, rateCap } from "./state.js";

/**
 * @import { Token } from "./match.js"
 * @import { Match } from "./state.js"
 */

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
