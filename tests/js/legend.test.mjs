import assert from "node:assert/strict";
import { test } from "node:test";
import { fillLegend, holesLegend } from "../../explorer/web/viewer/legend.js";

test("where tokens are only dropped, the legend says nothing of merged ones", () => {
  for (const fill of ["mean", "region"]) {
    assert.deepEqual(fillLegend({ fill, largest: 1, dropped: true }), ["Kept tokens: the photo."]);
    assert.match(fillLegend({ fill, largest: 9, dropped: true })[0], /Single patches: the photo/);
    assert.match(fillLegend({ fill, largest: 1, dropped: false })[0], /Single patches: the photo/);
  }
});

test("what is hatched is in the legend where there is something hatched", () => {
  assert.equal(holesLegend({ dropped: true }), " Hatched: dropped.");
  assert.equal(holesLegend({ dropped: false }), "");
});
