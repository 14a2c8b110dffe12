import assert from "node:assert/strict";
import { test } from "node:test";
import { Feed } from "../../explorer/web/viewer/records.js";

const handled = () => new Promise((done) => setImmediate(done)); // after all promises that wait

test("the newest value is asked for before the picture of the last one is drawn", async () => {
  const told = [];
  const answers = [];
  globalThis.fetch = (address) => {
    told.push(`ask ${address}`);
    return new Promise((answer) => answers.push((record) => answer({ ok: true, json: async () => record })));
  };
  const feed = new Feed({ show: (record) => told.push(`draw ${record}`), say() {} });
  for (const address of ["r=1", "r=2", "r=3"]) feed.ask(address, false);
  answers[0]("one");
  await handled();
  answers[1]("three");
  await handled();
  assert.deepEqual(told, ["ask r=1", "ask r=3", "draw one", "draw three"]);
});
