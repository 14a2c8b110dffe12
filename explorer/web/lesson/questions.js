// The three questions, each before its answer is shown.

import { inRow, listed, tr } from "../page/language.js";
import { fixed } from "../page/number.js";
import { PREFIX } from "./decode.js";
import { averageOf, groupsAt, rowOf } from "./match.js";
import { nameOf } from "./names.js";

/**
 * @import { Edge, Lesson } from "./decode.js"
 * @typedef {NonNullable<ReturnType<typeof questionOf>>} Question
 * @typedef {Question["options"][number]} Option
 */

/**
 * The question before `step`, or null; `about` is the token that it is about.
 * @param {Lesson} lesson @param {number} step @param {number} token @param {number} r
 */
export function questionOf(lesson, step, token, r) {
  if (!lesson.cap) return null;
  if (step === 2) return partnerQuestion(lesson, token);
  if (step === 3) return pairQuestion(lesson);
  return step === 4 ? shareQuestion(lesson, r) : null;
}

/**
 * What is said of a token that cannot be the partner.
 * @param {Lesson} lesson @param {number} token
 */
export function refusalOf(lesson, token) {
  return lesson.set[token] === PREFIX
    ? tr("That token is in neither set: only a B token can be chosen.")
    : tr("That token is in A too: only a B token can be chosen.");
}

/** @param {Lesson} lesson @param {number} token */
function partnerQuestion(lesson, token) {
  const source = lesson.edgeFrom.has(token) ? token : lesson.edges[0].source;
  const row = rowOf(lesson, source);
  const [best] = row;
  const right = tr("{token} (solid outline) with {similarity}", {
    token: nameOf(lesson, best.token),
    similarity: fixed(best.similarity, 4),
  });
  return {
    kind: /** @type {const} */ ("photo"),
    about: source,
    answer: best.token,
    text: tr("Token {token} is outlined. Which B token will it choose? Click one on the photo, or choose it by name.", {
      token: nameOf(lesson, source),
    }),
    options: row.map((entry, rank) => ({
      token: entry.token,
      label: nameOf(lesson, entry.token),
      right: rank === 0,
      note:
        rank === 0
          ? tr("Right: {right}.", { right })
          : tr(
              "You chose {chosen} (dashed outline) with {similarity}, place {rank} of {count}; {token} chooses {right}.",
              {
                chosen: nameOf(lesson, entry.token),
                similarity: fixed(entry.similarity, 4),
                rank: rank + 1,
                count: row.length,
                token: nameOf(lesson, source),
                right,
              },
            ),
    })),
  };
}

// Four edges from the whole range, sorted by position so that the order reveals nothing. The strongest is left out: it is
// that of the token which the lesson opens with, so its name stands below the photo.
/** @param {Lesson} lesson */
function pairQuestion(lesson) {
  const count = lesson.edges.length;
  const ranks = [...new Set([0, 0.3, 0.6, 1].map((part) => 1 + Math.round(part * (count - 2))))];
  if (count < 3 || ranks.length < 2) return null;
  const first = lesson.edges[ranks[0]];
  /** @param {Edge} edge */
  const pair = (edge) => `${nameOf(lesson, edge.source)} → ${nameOf(lesson, edge.destination)}`;
  /** @param {Edge} edge */
  const said = (edge) => ({ similarity: fixed(edge.similarity, 4), place: edge.rank + 1, count });
  return {
    kind: /** @type {const} */ ("pairs"),
    about: null,
    text: tr("Each A token has picked its closest B. Which of these pairs merges already at the smallest r?"),
    options: ranks
      .map((rank) => lesson.edges[rank])
      .sort((x, y) => x.source - y.source)
      .map((edge) => ({
        edge,
        label: pair(edge),
        right: edge === first,
        note:
          edge === first
            ? tr("Right: {similarity} is the highest of these, place {place} of all {count} edges.", said(edge))
            : tr("This pair has {similarity}, place {place} of {count}; {first} has {highest}.", {
                ...said(edge),
                first: pair(first),
                highest: fixed(first.similarity, 4),
              }),
      })),
  };
}

/** @param {Lesson} lesson @param {number} r */
function shareQuestion(lesson, r) {
  const shared = [...groupsAt(lesson, r)].find(([, sources]) => sources.length > 1);
  if (!shared) return null;
  const [destination, sources] = shared;
  const name = nameOf(lesson, destination);
  const { size } = averageOf(lesson, [destination, ...sources]);
  const fact = tr("{tokens} and {name} become one token of size {size}.", {
    tokens: listed(sources.map((token) => nameOf(lesson, token))),
    name,
    size,
  });
  return {
    kind: /** @type {const} */ ("words"),
    about: destination,
    text: tr("In {count} of the {r} most similar pairs, A tokens chose the same B token, {name}. What happens?", {
      count: sources.length,
      r,
      name,
    }),
    options: [
      { label: tr("Only the most similar of them merges"), right: false, start: tr("They all merge:") },
      { label: tr("They all merge with it into one token"), right: true, start: tr("Right:") },
      {
        label: tr("The others go to their second choice"),
        right: false,
        start: tr("There is no second round, which would take a step of its own:"),
      },
    ].map(({ label, right, start }) => ({ label, right, note: inRow([start, fact]) })),
  };
}
