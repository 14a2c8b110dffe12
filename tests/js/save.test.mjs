import assert from "node:assert/strict";
import { test } from "node:test";
import { linesOf } from "../../explorer/web/viewer/legend_picture.js";
import { withOrigin } from "../../explorer/web/viewer/png.js";
import { inRows, scaleFor, titleOf } from "../../explorer/web/viewer/save.js";

test("pictures stand in rows of four at most", () => {
  const { places, width, height } = inRows(Array.from({ length: 9 }, () => ({ width: 100, height: 50 })));
  assert.deepEqual(places[8], { x: 0, y: places[4].y * 2 });
  assert.equal(new Set(places.map(({ x }) => x)).size, 4);
  assert.ok(width < 600 && height > 3 * 50);
});

test("a row is as high as its highest picture", () => {
  const sizes = [50, 300, 50, 50, 50].map((height) => ({ width: 100, height }));
  assert.ok(inRows(sizes).places[4].y > 300);
});

test("reduced pictures stand at whole pixels, so that none of their borders falls between two", () => {
  const { places, title, width, height } = inRows(
    Array.from({ length: 9 }, () => ({ width: 536, height: 401 })),
    0.3719,
  );
  for (const number of [...places.flatMap(({ x, y }) => [x, y]), title, width, height]) {
    assert.equal(number, Math.round(number));
  }
});

test("a sheet of twelve photos stays below the largest upload even as noise, and each is wider than on the page", () => {
  const { width, height } = inRows(Array.from({ length: 12 }, () => ({ width: 1920, height: 1440 })));
  const scale = scaleFor(width, height);
  assert.ok(3 * width * height * scale ** 2 < 10e6); // three bytes a pixel
  assert.ok(1920 * scale > 1.5 * 280);
  assert.equal(scaleFor(800, 600), 1);
  assert.equal(scaleFor(30720, 100), 0.1);
});

test("the title of a saved panel says that its picture is still awaited", () => {
  const panel = { title: "PiToMe", note: "waiting…", heatOf: () => null };
  assert.equal(titleOf(panel, { layer: 3 }), "PiToMe · waiting…");
  assert.equal(titleOf({ ...panel, note: "" }, { layer: 3 }), "PiToMe");
});

test("the title of a saved panel has its range: short, and a zero without a sign", () => {
  const heated = (low, high) => ({
    title: "Dot",
    note: "",
    story: { last: 3 },
    heatOf: () => ({ layers: [null, null, null, { low, high }] }),
  });
  assert.equal(titleOf(heated(-0.001, 0.75), { layer: 3 }), "Dot · 0.00–0.75");
  assert.equal(titleOf(heated(-0.25, 0.75), { layer: 3 }), "Dot · −0.25–0.75");
  assert.equal(titleOf(heated(0.0012, 0.0311), { layer: 3 }), "Dot · 0.001–0.031");
  assert.equal(titleOf(heated(0.0000004, 0.0000021), { layer: 3 }), "Dot · 4.0e−7–2.1e−6");
});

test("the title of a saved panel says that others differ from it", () => {
  const panel = { title: "Cosine", note: "", heatOf: () => null, referred: true };
  assert.equal(titleOf(panel, { layer: 3, fill: "difference" }), "Cosine (reference)");
  assert.equal(titleOf(panel, { layer: 3, fill: "mean" }), "Cosine");
  assert.equal(titleOf({ ...panel, referred: false }, { layer: 3, fill: "difference" }), "Cosine");
});

test("a legend breaks where its line is full, swatches together", () => {
  const pieces = [{ text: "aaaa " }, { text: "bbbb " }, { colours: ["#000", "#fff"] }, { text: "c" }];
  const placed = linesOf(pieces, 100, 20, (text) => 10 * text.length);
  assert.deepEqual(
    placed.map(({ x, y }) => [x, y > 0]),
    [
      [0, false],
      [50, false],
      [0, true],
      [40, true],
    ],
  );
});

test("an origin is an iTXt chunk after the head of a PNG", () => {
  const png = Uint8Array.from({ length: 60 }, (_, i) => i);
  const told = withOrigin(png, '{"name":"狗"}');
  assert.deepEqual([...told.subarray(0, 33), ...told.subarray(told.length - 27)], [...png]);
  const chunk = told.subarray(33, told.length - 27);
  assert.equal(new DataView(chunk.buffer, chunk.byteOffset).getUint32(0), chunk.length - 12);
  assert.ok(new TextDecoder().decode(chunk).includes('iTXttome-view\0\0\0\0\0{"name":"狗"}'));
});
