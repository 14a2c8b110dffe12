// Edges by destination, for the lesson and the playground.

/**
 * Destination → its sources, in the order of `edges`.
 * @param {{source: number, destination: number}[]} edges
 */
export function groupsOf(edges) {
  /** @type {Map<number, number[]>} */
  const groups = new Map();
  for (const { source, destination } of edges) groups.set(destination, [...(groups.get(destination) ?? []), source]);
  return groups;
}
