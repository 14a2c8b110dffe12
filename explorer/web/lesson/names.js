// Names of tokens.

import { tr } from "../page/language.js";
import { SET_A } from "./decode.js";

/** @import { Lesson } from "./decode.js" */

/** @type {Record<string, string>} */
const PREFIXES = { "class token": tr("class token"), "distillation token": tr("distillation token") };

/** @param {string} name */
function prefixName(name) {
  const [, number] = /^register (\d+)$/.exec(name) ?? [];
  return number ? tr("register {number}", { number }) : (PREFIXES[name] ?? name);
}

/** @param {Lesson} lesson @param {number} token */
export function nameOf(lesson, token) {
  if (token < lesson.prefix.length) return prefixName(lesson.prefix[token]);
  return `${lesson.set[token] === SET_A ? "A" : "B"} ${token}`;
}

/**
 * A token's name and position, which reveal no answer.
 * @param {Lesson} lesson @param {number} token
 */
export function placeName(lesson, token) {
  const [patch] = lesson.members[token];
  const at = { row: Math.floor(patch / lesson.cols) + 1, column: (patch % lesson.cols) + 1 };
  const [name, count] = [nameOf(lesson, token), lesson.members[token].length];
  return count === 1
    ? tr("{name}, one patch in row {row}, column {column}", { name, ...at })
    : tr("{name}, {count} patches, one of them in row {row}, column {column}", { name, count, ...at });
}
