import assert from "node:assert/strict";
import { test } from "node:test";
import { canPlay, embedCode, figureAddress, lessonLink, reachOf } from "../../explorer/web/viewer/export.js";
import { partsOf } from "../../explorer/web/viewer/parts.js";

const ONE = { query: { sample: "cat" }, panels: [{ title: "", config: {} }] };
const parametersOf = (address) => Object.fromEntries(new URL(address, "http://a/").searchParams);

test("a figure is asked for with what is seen, and the link of the view", () => {
  const view = { format: "svg", width: 960, layer: 3, fill: "size", arrows: false, pinned: null };
  const told = figureAddress(ONE, { r: 8, decreasing: true }, view, "http://a/app/video?photo=cat&layer=3");
  assert.deepEqual(parametersOf(told), {
    sample: "cat",
    r: "8,-1",
    format: "svg",
    width: "960",
    layer: "3",
    fill: "size",
    link: "video?photo=cat&layer=3",
  });
});

test("a page is asked for in the language of the link", () => {
  const rate = { r: 8, decreasing: false };
  assert.equal(parametersOf(figureAddress(ONE, rate, {}, "http://a/?lang=zh&r=8")).lang, "zh");
  assert.equal(parametersOf(figureAddress(ONE, rate, {}, "http://a/?r=8")).lang, undefined);
});

test("all panels are in a figure, with their titles", () => {
  const panels = Array.from({ length: 12 }, (_, i) => ({ title: `p${i}`, config: { seed: i } }));
  const told = parametersOf(figureAddress({ ...ONE, panels }, { r: 8, decreasing: false }, {}, "http://a/"));
  assert.deepEqual(
    JSON.parse(told.titles),
    panels.map(({ title }) => title),
  );
  assert.equal(JSON.parse(told.panels)[11].seed, 11);
});

test("an embed code is one element, whatever the sample is called", () => {
  const code = embedCode("http://a/?layer=3&r=8", 'x"><script>', "hide=toolbar,r");
  assert.match(
    code,
    /^<iframe src="http:\/\/a\/\?layer=3&amp;r=8&amp;embed=true&amp;hide=toolbar%2Cr" [^<>]*><\/iframe>$/,
  );
  assert.ok(code.includes("x&quot;&gt;") || !code.includes("<script"));
});

test("a lesson link fixes all but r", () => {
  const told = new URL(lessonLink("http://a/?layer=3&r=8&lang=zh", "hide=toolbar&lock=layer"));
  assert.deepEqual(Object.fromEntries(told.searchParams), {
    layer: "3",
    r: "8",
    lang: "zh",
    embed: "true",
    hide: "toolbar",
    lock: "layer",
  });
});

test("an embedded page plays on request, else it opens at the layer that is seen", () => {
  const link = "http://a/?layer=3&pinned=7&r=8";
  assert.equal(new URL(lessonLink(link)).searchParams.get("layer"), "3");
  const told = new URL(lessonLink(link, "", true)).searchParams;
  assert.deepEqual(Object.fromEntries(told), { r: "8", embed: "true" });
  assert.ok(!embedCode(link, "dog", "", true).includes("layer"));
});

test("a view whose layer is locked does not play, and keeps its layer", () => {
  const link = "http://a/?layer=3&pinned=7&r=8";
  const told = new URL(lessonLink(link, "hide=toolbar&lock=layer,schedule", true)).searchParams;
  assert.deepEqual([told.get("layer"), told.get("pinned")], ["3", "7"]);
  assert.deepEqual(["hide=toolbar&lock=layer,schedule", "hide=toolbar,r", ""].map(canPlay), [false, true, true]);
});

test("a link of a reader's own file is said to open a sample, wherever the page is", () => {
  for (const host of ["localhost:8501", "example.org"]) {
    assert.match(reachOf(`http://${host}/`, true), /^A link cannot hold your own photo/);
    assert.ok(!reachOf(`http://${host}/`).includes("own photo"));
  }
  assert.match(reachOf("http://localhost/", true), /your audience can reach/);
});

test("an address of this computer alone is said to be one", () => {
  for (const host of ["localhost:8501", "127.0.0.1:8501", "[::1]:80"]) {
    assert.ok(reachOf(`http://${host}/video?r=8`).includes("your audience can reach"), host);
  }
  for (const host of ["example.org", "192.168.1.7:8501", "127.example.org"])
    assert.equal(reachOf(`http://${host}/`), "");
});

test("a saved page takes parts and cursor from its address, the fragment last", () => {
  assert.deepEqual(partsOf("?hide=toolbar,film&layer=3&pinned=x", "#layer=5&lock=r&arrows=true"), {
    hide: ["toolbar", "film"],
    lock: ["r"],
    layer: 5,
    arrows: true,
  });
});
