import assert from "node:assert/strict";
import { test } from "node:test";
import { addressWith } from "../../explorer/viewer/address.js";
import { changesOf } from "../../explorer/viewer/streamlit.js";

const linkWith = (address, name, value) => addressWith(address, changesOf(name, value));

test("the cursor goes into the link beside what stands there", () => {
  assert.equal(linkWith("http://a/?photo=cat", "layer", 7), "http://a/?photo=cat&layer=7");
  assert.equal(linkWith("http://a/?layer=7", "layer", 8), "http://a/?layer=8");
});

test("what is at rest is left out of the link", () => {
  assert.equal(linkWith("http://a/?layer=7&photo=cat", "layer", 0), "http://a/?photo=cat");
  assert.equal(linkWith("http://a/?pinned=3", "pinned", null), "http://a/");
});
