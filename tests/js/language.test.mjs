import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

const page = (name) => new URL(`../../explorer/web/page/${name}`, import.meta.url);
const source = readFileSync(page("language.js"), "utf8").replace("./number.js", page("number.js").href);

/** The module with a catalogue. */
const withCatalogue = (catalogue) => {
  const told = source.replace(/^import .*$/m, `const CATALOGUE = ${JSON.stringify(catalogue)};`);
  assert.notEqual(told, source, "the catalogue comes by an import");
  return import(`data:text/javascript,${encodeURIComponent(told)}`);
};

const { tr, inParts, listed, retell } = await withCatalogue({
  "{count} of {all} tokens": "{all} 个 token 中的 {count} 个",
  Layers: "逐层观察",
  Key: "键",
  "{0} runs are waiting already. Please try again in a moment.": "已有 {0} 次运行在等待。请稍后再试。",
});

test("a sentence is said in the reader's language, with its values where that has them", () => {
  assert.equal(tr("Layers"), "逐层观察");
  assert.equal(tr("{count} of {all} tokens", { count: 3, all: 9 }), "9 个 token 中的 3 个");
});

test("what is not in the catalogue stays as it is", () => {
  assert.equal(tr("{count} words", { count: 2 }), "2 words");
});

test("a value is never read as a place", () => {
  assert.equal(tr("{count} of {all} tokens", { count: "{all}", all: "$&" }), "$& 个 token 中的 {all} 个");
});

test("elements stand where the translation has them", () => {
  const bold = { tag: "b" };
  assert.deepEqual(inParts(tr("{count} of {all} tokens"), { count: bold, all: 9 }), [
    "",
    "9",
    " 个 token 中的 ",
    bold,
    " 个",
  ]);
});

test("a list has the reader's comma", () => {
  assert.equal(listed(["A 2", "A 4"]), "A 2、A 4");
});

test("what the server says in English is told again, with its values", () => {
  assert.equal(
    retell("64 runs are waiting already. Please try again in a moment."),
    "已有 64 次运行在等待。请稍后再试。",
  );
  assert.equal(retell("Key · r = 16"), "键 · r = 16");
  assert.equal(retell("a photo's name"), "a photo's name");
});
