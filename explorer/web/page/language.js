// The reader's language.

import { CATALOGUE } from "./catalogue.js";
import { numeral } from "./number.js";

const PLACES = /\{(\w+)[^{}]*\}/g;

/**
 * `english` in the reader's language, with `values` for its {names}. Texts missing from the catalogue stay English.
 * @param {string} english @param {Record<string, unknown> | null} [values]
 */
export function tr(english, values = null) {
  const text = CATALOGUE[english] ?? english;
  return values ? text.replace(PLACES, (_, /** @type {string} */ name) => wordOf(values[name])) : text;
}

/** @param {unknown} value */
const wordOf = (value) => (typeof value === "number" ? numeral(value) : String(value));

/**
 * `text` as a list with `parts` in place of its {names}.
 * @param {string} text @param {{ [name: string]: Node | string | number }} parts
 */
export function inParts(text, parts) {
  return text.split(PLACES).map((part, index) => {
    const found = index % 2 ? parts[part] : part;
    return typeof found === "number" ? numeral(found) : found;
  });
}

const NO_SPACE = /([。：；，！？]) /g; // a Chinese mark is as wide as a mark and a space
/** @type {{[mark: string]: string}} */
const CHINESE_MARKS = { ",": "，", ".": "。", ";": "；" };
const BETWEEN = /([\u4e00-\u9fff）”])([,.;]) /g;

/**
 * `parts` in a row; empty ones are left out. Between Chinese ones the marks are Chinese, too; the same in Python's in_row.
 * @param {(string | null | false | undefined)[]} parts
 */
export function inRow(parts, separator = " ") {
  const text = parts.filter(Boolean).join(separator);
  /** @type {(found: string, before: string, mark: string) => string} */
  const inChinese = (_, before, mark) => before + CHINESE_MARKS[mark];
  return text.replace(BETWEEN, inChinese).replace(NO_SPACE, "$1");
}

/**
 * Names in a row; in Chinese, lists have a comma of their own.
 * @param {string[]} names
 */
export function listed(names) {
  return names.join(Object.keys(CATALOGUE).length ? "、" : ", ");
}

const LEAST_LETTERS = 6; // fewest fixed letters that identify a sentence; the same in explorer/locale/language.py
const LONGEST_SAID = 500; // characters of a sentence to retell; the same there
const SEPARATOR = " · ";
/** @param {string} english */
const fixedOf = (english) => english.replace(PLACES, "");
/** @param {string} text */
const escaped = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** A pattern for each sentence with values, most fixed words first. */
const PATTERNS = Object.keys(CATALOGUE)
  .filter((english) => fixedOf(english) !== english && fixedOf(english).replace(/\W/g, "").length >= LEAST_LETTERS)
  .sort((one, other) => fixedOf(other).length - fixedOf(one).length)
  .map((english) => {
    const parts = english.split(PLACES).map((part, index) => (index % 2 ? "(.*?)" : escaped(part)));
    return {
      english,
      names: [...english.matchAll(PLACES)].map(([, name]) => name),
      shape: RegExp(`^${parts.join("")}$`, "s"),
    };
  });

/**
 * Translate a sentence or title from the server, which writes English only.
 * @param {string} said @returns {string}
 */
export function retell(said) {
  if (CATALOGUE[said] || said.length > LONGEST_SAID) return CATALOGUE[said] ?? said;
  for (const { english, names, shape } of PATTERNS) {
    const found = shape.exec(said);
    if (found) return tr(english, Object.fromEntries(names.map((name, index) => [name, retell(found[index + 1])])));
  }
  return said.includes(SEPARATOR) ? said.split(SEPARATOR).map(retell).join(SEPARATOR) : said;
}
