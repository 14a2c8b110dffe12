// The six steps in words, and the three questions that come before an answer is shown.

import { averageOf, choosersOf, groupsAt, mixing, nameOf, orderAfter, rowOf } from "./lesson_match.js";

export const STEPS = ["Tokens", "Split", "Choose", "Sort", "Merge", "Join"];

const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;

function prefixWords({ prefix }) {
  if (!prefix.length) return "";
  return prefix.length === 1 ? `the ${prefix[0]}` : `${prefix.length} prefix tokens`;
}

const SENTENCES = [
  (lesson) =>
    `Layer ${lesson.layer} has ${lesson.tokens} tokens${
      lesson.prefix.length ? `, ${prefixWords(lesson)} among them` : ""
    }; each carries a key of ${lesson.dimension} numbers, the mean over ${plural(lesson.heads, "head")}, and keys are what is compared.`,
  (lesson) =>
    `Every second token goes into set A (${lesson.a.length}), the others into set B (${lesson.b.length}); only a pair of ` +
    `one A and one B can merge${lesson.prefix.length ? `, and ${prefixWords(lesson)} ${lesson.prefix.length > 1 ? "stay" : "stays"} out` : ""}.`,
  (lesson) =>
    `Each A token draws one edge, to the B token whose key is most similar: ${plural(lesson.edges.length, "edge")}, ` +
    "found at once, none waiting for another.",
  (lesson, r) =>
    `The edges are sorted by similarity and the r = ${r} best merge; at most ${lesson.cap}, half of the tokens, ` +
    "since only one set can leave.",
  (lesson, r) => {
    const groups = groupsAt(lesson, r);
    if (!r) return "Nothing merges here: r is 0. Raise it to see tokens merge.";
    return (
      `${plural(r, "A token")} ${r === 1 ? "joins" : "join"} ${plural(groups.size, "B token")}; each group becomes one ` +
      "token, the mean of its members weighted by their sizes."
    );
  },
  (lesson, r) => {
    const { moved, tokens } = mixing(lesson, r);
    return (
      `The next part of the block gets ${lesson.tokens - r} tokens: ${lesson.prefix.length ? "prefix, " : ""}the rest of A, then B; in this ` +
      `new order ${moved} of ${tokens} change sides before the next layer splits them.`
    );
  },
];

export function sentenceOf(lesson, step, r) {
  return step > 0 && !lesson.cap ? nothingLeft(lesson) : SENTENCES[step](lesson, r);
}

function nothingLeft(lesson) {
  const patches = lesson.tokens - lesson.prefix.length;
  return (
    `Nothing is left to merge in this layer: ${lesson.prefix.length ? `beside ${prefixWords(lesson)} ` : ""}it has ` +
    `${plural(patches, "token")}, and a merge takes one of A and one of B.`
  );
}

/** The question asked before `step`, or null: { text, kind, options: [{ label, right, note }] }; kind "photo" has `answer` too. */
export function questionOf(lesson, step, token, r) {
  if (!lesson.cap) return null;
  if (step === 2) return partnerQuestion(lesson, token);
  if (step === 3) return pairQuestion(lesson);
  return step === 4 ? shareQuestion(lesson, r) : null;
}

function partnerQuestion(lesson, token) {
  const source = lesson.edgeFrom.has(token) ? token : lesson.edges[0].source;
  const row = rowOf(lesson, source);
  const [best] = row;
  const right = `${nameOf(lesson, best.token)} (solid outline) with ${best.similarity.toFixed(4)}`;
  return {
    kind: "photo",
    source,
    answer: best.token,
    text: `Token ${nameOf(lesson, source)} is outlined. Which B token will it choose? Click one on the photo, or choose it by name.`,
    options: row.map((entry, rank) => ({
      token: entry.token,
      label: nameOf(lesson, entry.token),
      right: rank === 0,
      note:
        rank === 0
          ? `Right: ${right}.`
          : `You chose ${nameOf(lesson, entry.token)} (dashed outline) with ${entry.similarity.toFixed(4)}, place ${rank + 1} of ${row.length}; ` +
            `${nameOf(lesson, source)} chooses ${right}.`,
    })),
  };
}

// Four edges from the whole range, shown by position so that the order gives nothing away.
function pairQuestion(lesson) {
  const count = lesson.edges.length;
  const ranks = [...new Set([0, 0.3, 0.6, 1].map((part) => Math.round(part * (count - 1))))];
  if (ranks.length < 2) return null;
  const edges = ranks.map((rank) => lesson.edges[rank]).sort((x, y) => x.source - y.source);
  return {
    kind: "pairs",
    text: "Each A token has picked its closest B. Which two will merge first?",
    options: edges.map((edge) => ({
      edge,
      label: `${nameOf(lesson, edge.source)} → ${nameOf(lesson, edge.destination)}`,
      right: edge.rank === 0,
      note:
        edge.rank === 0
          ? `Right: ${edge.similarity.toFixed(4)} is the highest of all ${count} edges.`
          : `This pair has ${edge.similarity.toFixed(4)}, place ${edge.rank + 1} of ${count}; the first has ` +
            `${lesson.edges[0].similarity.toFixed(4)}.`,
    })),
  };
}

function shareQuestion(lesson, r) {
  const shared = [...groupsAt(lesson, r)].find(([, sources]) => sources.length > 1);
  if (!shared) return null;
  const [destination, sources] = shared;
  const name = nameOf(lesson, destination);
  const { size } = averageOf(lesson, [destination, ...sources]);
  const fact = `${sources.map((token) => nameOf(lesson, token)).join(", ")} and ${name} become one token of size ${size}.`;
  return {
    kind: "words",
    destination,
    text: `${sources.length} A tokens chose the same B token, ${name}. What happens?`,
    options: [
      ["Only the most similar of them merges", false, "They all merge:"],
      ["They all merge with it into one token", true, "Right:"],
      ["The others go to their second choice", false, "There is no second round, which would take a step of its own:"],
    ].map(([label, right, start]) => ({ label, right, note: `${start} ${fact}` })),
  };
}

/**
 * What a screen reader and the line under the photo say of a token. `known`: what the reader may see, since it would
 * answer a question that is still to come: { partners, ranks }.
 */
export function describeToken(lesson, token, r, known = { partners: true, ranks: true }) {
  const size = lesson.sizes[token];
  if (token < lesson.prefix.length) {
    return [
      lesson.prefix[token],
      `position ${token}`,
      "protected: in neither set, so it chooses nobody and nobody can choose it",
    ];
  }
  const facts = [nameOf(lesson, token), `position ${token}`, plural(size, "patch", "patches")];
  if (!known.partners) return facts;
  const edge = lesson.edgeFrom.get(token);
  if (edge) {
    facts.push(`most similar: ${nameOf(lesson, edge.destination)}, ${edge.similarity.toFixed(4)}`);
    const fate = edge.rank < r ? "among the r best: merges" : "beyond r: does not merge";
    if (known.ranks) facts.push(`edge ${edge.rank + 1} of ${lesson.edges.length}, ${fate}`);
  } else if (lesson.b.length && lesson.b.includes(token)) {
    const choosers = choosersOf(lesson, token).length;
    facts.push(choosers ? `chosen by ${plural(choosers, "A token")}` : "chosen by no A token");
  }
  return facts;
}

export function slotOf(lesson, r, token) {
  return orderAfter(lesson, r).findIndex((tokens) => tokens.includes(token));
}
