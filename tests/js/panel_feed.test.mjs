import assert from "node:assert/strict";
import { test } from "node:test";
import { PanelFeed, panelsAddress } from "../../explorer/web/viewer/panel_feed.js";
import { Feed } from "../../explorer/web/viewer/records.js";

const PANELS = [
  { title: "A", config: {} },
  { title: "B", config: { metric: "dot" } },
];
const pause = () => new Promise((done) => setTimeout(done, 60));

/** A server whose answers the test writes line by line. */
function serve() {
  const asked = [];
  globalThis.fetch = async (address, { signal, headers }) => {
    let lines;
    const body = new ReadableStream({
      start(controller) {
        lines = controller;
      },
    });
    const write = (line) => lines.enqueue(new TextEncoder().encode(`${JSON.stringify(line)}\n`));
    signal.addEventListener("abort", () => lines.error(new DOMException("aborted", "AbortError")));
    asked.push({ address, signal, client: headers["X-Client"], write, close: () => lines.close() });
    return { ok: true, body };
  };
  return asked;
}

function feed() {
  const shown = [];
  let rests = 0;
  const panels = new PanelFeed({
    show: ({ found }) => shown.push(found.map((panel) => panel?.record ?? panel?.error ?? null)),
    say() {},
    told() {},
    layer: () => 6,
    rest: () => {
      rests += 1;
    },
  });
  return { panels, shown, rests: () => rests };
}

test("the address names the configurations, r and the pinned patch", () => {
  const address = panelsAddress({ sample: "cat" }, { r: 8, decreasing: true }, PANELS, 0);
  const query = new URLSearchParams(address.split("?")[1]);
  assert.deepEqual(Object.fromEntries(query), {
    sample: "cat",
    r: "8,-1",
    panels: '[{},{"metric":"dot"}]',
    patch: "0",
  });
  assert.equal(new URLSearchParams(panelsAddress({}, { r: 8 }, PANELS, null).split("?")[1]).has("patch"), false);
});

test("panels are drawn as they come, one that fails alone", async () => {
  const [asked, { panels, shown, rests }] = [serve(), feed()];
  panels.ask("api/v1/records?r=1", true, 2);
  await pause();
  assert.equal(asked[0].address, "api/v1/records?r=1&layer=6");
  asked[0].write({ input: "photo" });
  asked[0].write({ panel: 0, tag: "a", record: "first" });
  await pause();
  assert.deepEqual(shown.at(-1), ["first", null]);
  assert.equal(panels.still, false);
  asked[0].write({ panel: 1, error: "no pair" });
  asked[0].write({ end: true });
  await pause();
  assert.deepEqual(shown.at(-1), ["first", "no pair"]);
  assert.deepEqual([panels.still, rests() > 0], [true, true]);
});

test("a newer value waits for the first panel, and then takes the place of the rest", async () => {
  const [asked, { panels, shown }] = [serve(), feed()];
  for (const r of [1, 2, 3]) panels.ask(`api/v1/records?r=${r}`, false, 2);
  await pause();
  asked[0].write({ input: "photo" });
  asked[0].write({ panel: 0, record: "part" }); // no tag: a part of it
  await pause();
  assert.equal(asked.length, 1);
  asked[0].write({ panel: 0, tag: "a", record: "whole" });
  await pause();
  assert.deepEqual(shown.at(-1), ["whole", null]);
  assert.deepEqual([asked[0].signal.aborted, asked.length, asked[1].address], [true, 2, "api/v1/records?r=3&layer=6"]);
  asked[1].write({ panel: 0, tag: "b", record: "whole" });
  await pause();
  panels.ask("api/v1/records?r=4", false, 2); // at once, though no further line comes
  await pause();
  assert.deepEqual([asked[1].signal.aborted, asked.length], [true, 3]);
  panels.ask("api/v1/records?sample=cat", true, 2);
  await pause();
  assert.deepEqual([asked[2].signal.aborted, asked.length], [true, 4]);
  assert.equal(asked[0].client, asked[3].client);
  panels.stop();
});

test("what is stopped stays so until it goes on", async () => {
  const [asked, { panels, shown }] = [serve(), feed()];
  panels.ask("api/v1/records?r=1", true, 2);
  await pause();
  asked[0].write({ input: "photo" });
  asked[0].write({ panel: 0, tag: "a", record: "first" });
  await pause();
  panels.halt();
  await pause();
  assert.deepEqual([asked[0].signal.aborted, panels.answer.halted, shown.at(-1)], [true, true, ["first", null]]);
  panels.ask("api/v1/records?r=1", false, 2);
  assert.equal(asked.length, 1);
  panels.goOn();
  await pause();
  assert.equal(asked.length, 2);
  panels.stop();
});

test("what is stopped before its photo has come draws nothing", async () => {
  const [asked, { panels, shown }] = [serve(), feed()];
  panels.ask("api/v1/records?r=1", true, 2);
  await pause();
  panels.halt();
  assert.deepEqual([asked[0].signal.aborted, panels.answer.halted, shown], [true, true, []]);
  panels.stop();
});

test("an answer that breaks off is asked for again", async () => {
  const asked = serve();
  const said = [];
  const panels = new PanelFeed({ show() {}, say: (text) => said.push(text), told() {}, layer: () => 6, rest() {} });
  panels.ask("api/v1/records?r=1", true, 2);
  await pause();
  asked[0].write({ input: "photo" });
  asked[0].close();
  await pause();
  assert.match(said.at(-1), /Trying again/);
  assert.equal(panels.still, false);
  panels.stop();
});

test("an answer that says when to come again is said and asked again, any other refusal is said", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const settled = () => new Promise(setImmediate);
  for (const [status, after] of [
    [503, "10"],
    [507, "60"],
    [422, null],
  ]) {
    const [asked, said] = [[], []];
    globalThis.fetch = async (address) => {
      asked.push(address);
      return new Response('{"errors": [{"rule": "It was not loaded."}]}', {
        status,
        headers: after ? { "Retry-After": after } : {},
      });
    };
    const records = new Feed({ show() {}, say: (text) => said.push(text) });
    records.ask("api/v1/record", true);
    await settled();
    assert.deepEqual([asked.length, said.at(-1)], [1, `It was not loaded.${after ? " Trying again…" : ""}`]);
    context.mock.timers.tick(1000 * Number(after ?? 100));
    await settled();
    assert.equal(asked.length, after ? 2 : 1);
    records.stop();
  }
});
