// Texts of the six steps, and descriptions of a token.

import { inRow, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { edgesTo, groupsAt, isLast, mixing } from "./match.js";
import { nameOf } from "./names.js";

/**
 * What may be revealed of a layer.
 * @typedef {{partners: boolean, ranks: boolean}} Known
 * @import { Lesson } from "./decode.js"
 */

export const STEPS = [tr("Tokens"), tr("Split"), tr("Choose"), tr("Sort"), tr("Merge"), tr("Join")];

/** @satisfies {Record<string, (count: number) => string>} */
const counted = {
  edge: (count) => (count === 1 ? tr("1 edge") : tr("{count} edges", { count })),
  head: (count) => (count === 1 ? tr("1 head") : tr("{count} heads", { count })),
  ofA: (count) => (count === 1 ? tr("1 A token") : tr("{count} A tokens", { count })),
  ofB: (count) => (count === 1 ? tr("1 B token") : tr("{count} B tokens", { count })),
  patch: (count) => (count === 1 ? tr("1 patch") : tr("{count} patches", { count })),
  token: (count) => (count === 1 ? tr("1 token") : tr("{count} tokens", { count })),
};

/** @param {Lesson} lesson */
export const prefixWords = (lesson) =>
  lesson.prefix.length === 1
    ? tr("the {name}", { name: nameOf(lesson, 0) })
    : tr("{count} prefix tokens", { count: lesson.prefix.length });

/** @type {((lesson: Lesson, r: number) => string)[]} */
const SENTENCES = [
  (lesson) => {
    const { layer, tokens, dimension, prefix } = lesson;
    const words = { layer, tokens, dimension, heads: counted.head(lesson.heads) };
    return prefix.length
      ? tr(
          "Layer {layer} starts with {tokens} tokens, {prefix} among them; each carries a key of {dimension} numbers, the mean over {heads}, and keys are what is compared.",
          { ...words, prefix: prefixWords(lesson) },
        )
      : tr(
          "Layer {layer} starts with {tokens} tokens; each carries a key of {dimension} numbers, the mean over {heads}, and keys are what is compared.",
          words,
        );
  },
  (lesson) => {
    const split = tr(
      "Every second token goes into set A ({a}), the others into set B ({b}); only a pair of one A and one B can merge.",
      { a: lesson.a.length, b: lesson.b.length },
    );
    if (!lesson.prefix.length) return split;
    return inRow([split, tr("In neither set: {prefix}.", { prefix: prefixWords(lesson) })]);
  },
  (lesson) =>
    tr(
      "Each A token draws one edge, to the B token whose key is most similar: {edges}, " +
        "found at once, none waiting for another.",
      { edges: counted.edge(lesson.edges.length) },
    ),
  (lesson, r) =>
    tr(
      "The edges are sorted by similarity and the r = {r} best merge; at most {cap}, half of the tokens, " +
        "since only one set can leave.",
      { r, cap: lesson.cap },
    ),
  (lesson, r) => {
    const groups = groupsAt(lesson, r);
    if (!r) return tr("Nothing merges here: r is 0. Raise it to see tokens merge.");
    const merging = { a: counted.ofA(r), b: counted.ofB(groups.size) };
    const joined = r === 1 ? tr("{a} joins {b};", merging) : tr("{a} join {b};", merging);
    return inRow([joined, tr("each group becomes one token, the mean of its members weighted by their sizes.")]);
  },
  (lesson, r) => {
    const { moved, tokens } = mixing(lesson, r);
    const words = { moved, tokens };
    const count = lesson.tokens - r;
    const order = lesson.prefix.length
      ? tr("The MLP of this layer gets {count} tokens: {prefix}, the rest of A, then B;", {
          count,
          prefix: prefixWords(lesson),
        })
      : tr("The MLP of this layer gets {count} tokens: the rest of A, then B;", { count });
    const mixed = isLast(lesson)
      ? tr("this is the last layer: one more would split them anew, and {moved} of {tokens} would change sides.", words)
      : tr("in this new order {moved} of {tokens} change sides before the next layer splits them.", words);
    return inRow([order, mixed]);
  },
];

/** @param {Lesson} lesson @param {number} step @param {number} r */
export function sentenceOf(lesson, step, r) {
  return step > 0 && !lesson.cap ? nothingLeft(lesson) : SENTENCES[step](lesson, r);
}

/** @param {Lesson} lesson */
function nothingLeft(lesson) {
  const tokens = counted.token(lesson.tokens - lesson.prefix.length);
  return lesson.prefix.length
    ? tr(
        "Nothing is left to merge in this layer: beside {prefix} it has {tokens}, and a merge takes one of A and one of B.",
        { prefix: prefixWords(lesson), tokens },
      )
    : tr("Nothing is left to merge in this layer: it has {tokens}, and a merge takes one of A and one of B.", {
        tokens,
      });
}

/**
 * The description of a token, for screen readers and the line under the photo. `known`, { partners, ranks }, limits it
 * to what does not answer a pending question.
 * @param {Lesson} lesson @param {number} token @param {number} r @param {Known} known
 */
export function describeToken(lesson, token, r, known = { partners: true, ranks: true }) {
  const size = lesson.sizes[token];
  if (token < lesson.prefix.length) {
    return [
      nameOf(lesson, token),
      tr("position {number}", { number: String(token) }),
      tr("protected: in neither set, so it chooses nobody and nobody can choose it"),
    ];
  }
  const facts = [nameOf(lesson, token), tr("position {number}", { number: String(token) }), counted.patch(size)];
  if (!known.partners) return facts;
  const edge = lesson.edgeFrom.get(token);
  if (edge) {
    facts.push(
      tr("most similar: {token}, {similarity}", {
        token: nameOf(lesson, edge.destination),
        similarity: fixed(edge.similarity, 4),
      }),
    );
    const fate = edge.rank < r ? tr("among the r best: merges") : tr("beyond r: does not merge");
    if (known.ranks)
      facts.push(tr("edge {rank} of {count}, {fate}", { rank: edge.rank + 1, count: lesson.edges.length, fate }));
  } else if (lesson.b.length && lesson.b.includes(token)) {
    const edges = edgesTo(lesson, token);
    const count = edges.length;
    facts.push(count ? tr("chosen by {tokens}", { tokens: counted.ofA(count) }) : tr("chosen by no A token"));
    const best = edges.filter((each) => each.rank < r).length;
    if (known.ranks && best < count) facts.push(tr("{count} of them among the r best", { count: best }));
  }
  return facts;
}
