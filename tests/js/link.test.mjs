import assert from "node:assert/strict";
import { test } from "node:test";
import { addressWith, linkOf } from "../../explorer/web/page/address.js";
import { changesOf } from "../../explorer/web/viewer/streamlit.js";

const linkWith = (address, name, value) => addressWith(address, changesOf(name, value));

test("the cursor goes into the link beside what stands there", () => {
  assert.equal(linkWith("http://a/?photo=cat", "layer", 7), "http://a/?photo=cat&layer=7");
  assert.equal(linkWith("http://a/?layer=7", "layer", 8), "http://a/?layer=8");
});

test("a link without a layer plays, so that the first layer stands in it too", () => {
  assert.equal(linkWith("http://a/?layer=7&photo=cat", "layer", 0), "http://a/?layer=0&photo=cat");
});

test("what is at rest is left out of the link", () => {
  assert.equal(linkWith("http://a/?frame=7&photo=cat", "frame", 0), "http://a/?photo=cat");
  assert.equal(linkWith("http://a/?pinned=3", "pinned", null), "http://a/");
});

test("a link that is copied leaves out what only other pages have", () => {
  const address = "http://a/video?frames=4&sound_r=300&layer=3&photo=cat";
  assert.equal(linkOf(address, ["photo", "sound_r", "text"]), "http://a/video?frames=4&layer=3");
});
