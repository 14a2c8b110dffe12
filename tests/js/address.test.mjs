import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";

const PAGE = "https://tome.org/lab/similarity";
let show, written;

beforeEach(async () => {
  written = [];
  globalThis.location = { href: PAGE };
  globalThis.history = { state: { key: 1 }, replaceState: (...told) => written.push(told) };
  ({ default: show } = await import(`../../explorer/web/page/address_streamlit.js?${Math.random()}`));
});

afterEach(() => {
  delete globalThis.location;
  delete globalThis.history;
});

test("the link goes into the address without a step in the history", () => {
  show({ data: { arrival: 1, query: "r=5&feature=key%2Cquery" } });
  assert.deepEqual(written, [[{ key: 1 }, "", `${PAGE}?r=5&feature=key%2Cquery`]]);
});

test("once for each arrival, whatever is drawn again meanwhile", () => {
  for (const [arrival, query] of [
    [1, "r=5"],
    [1, "r=5"],
    [1, "r=6"],
    [2, "r=7"],
  ])
    show({ data: { arrival, query } });
  assert.deepEqual(
    written.map(([, , address]) => address),
    [`${PAGE}?r=5`, `${PAGE}?r=7`],
  );
});

test("what the address has beside the link stays", () => {
  globalThis.location.href = `${PAGE}?embed=true`;
  show({ data: { arrival: 1, query: "r=5" } });
  assert.equal(written[0][2], `${PAGE}?embed=true&r=5`);
});
