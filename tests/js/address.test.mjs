import assert from "node:assert/strict";
import { after, afterEach, before, beforeEach, test } from "node:test";

const PAGE = "https://tome.org/lab/similarity";
let show, written;

class Element {
  matches(selectors) {
    return selectors === '[data-testid^="stBidiComponent"]' && this.name === "viewer";
  }
}

beforeEach(async () => {
  written = [];
  globalThis.location = { href: PAGE };
  globalThis.history = { state: { key: 1 }, replaceState: (...told) => written.push(told) };
  ({ default: show } = await import(`../../explorer/web/page/address_streamlit.js?${Math.random()}`));
});

before(() => {
  globalThis.Element = Element;
  globalThis.MouseEvent ??= Event;
});

after(() => delete globalThis.Element);

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

test("an address is spelt as the server spells it, in place, and one that is stays", async () => {
  const { spellAddress } = await import("../../explorer/web/page/address.js?spelt");
  globalThis.location = new URL(`${PAGE}?metric=cosine,dot&r=16%2C-1#top`);
  spellAddress();
  assert.deepEqual(written, [[{ key: 1 }, "", "/lab/similarity?metric=cosine%2Cdot&r=16%2C-1#top"]]);
  for (const address of [`${PAGE}?metric=cosine%2Cdot`, PAGE, `${PAGE}#top`]) {
    globalThis.location = new URL(address);
    spellAddress();
  }
  assert.equal(written.length, 1);
});

/** untilLeft(tell) on the page PAGE, and what a click on a link does. */
async function onPage() {
  globalThis.location = new URL(PAGE);
  const on = { click: [], focusout: [] };
  globalThis.document = { addEventListener: (name, listener) => on[name].push(listener) };
  const { beforeLeaving, untilLeft } = await import(`../../explorer/web/page/address.js?${Math.random()}`);
  delete globalThis.document;
  const told = [];
  const held = [];
  /** What the page's listeners do with an event, until one of them stops it. */
  const happen = (name, event) => {
    let stopped = false;
    const stop = { preventDefault() {}, stopImmediatePropagation: () => (stopped = true) };
    for (const listener of on[name]) if (!stopped) listener({ ...stop, ...event });
    return !stopped;
  };
  const click = (href, how) => {
    const link = { href, click: () => click(href, how) };
    const hold = { preventDefault: () => held.push(href) };
    happen("click", { target: { closest: () => link }, composedPath: () => [], button: 0, ...hold, ...how });
  };
  const clicks = [];
  const press = (target, path = [target]) => {
    if (happen("click", { type: "click", target, composedPath: () => path })) clicks.push(target.name);
  };
  const button = (name) => {
    const target = Object.assign(new Element(), { name, dispatchEvent: () => press(target) });
    return target;
  };
  return {
    told,
    beforeLeaving,
    tell: untilLeft((...each) => told.push(each)),
    on: click,
    blur: (tagName) => happen("focusout", { target: { tagName } }),
    held,
    press,
    button,
    clicks,
    again: () => untilLeft((each) => told.push([each])),
  };
}

test("a page tells until the reader has gone back to another", async () => {
  const { told, tell } = await onPage();
  tell("fill", "size");
  globalThis.location = new URL("https://tome.org/lab/algorithms");
  tell("r", 5);
  assert.deepEqual(told, [["fill", "size"]]);
});

test("a page tells nothing after a click on the tab of another, unless it is drawn anew or still there", async (context) => {
  let now = 5000;
  context.mock.method(performance, "now", () => now++);
  const { told, tell, on, again } = await onPage();
  on("https://tome.org/lab/algorithms");
  tell("r", 5);
  again()("r");
  now += 10_000;
  tell("r", 6);
  assert.deepEqual(told, [["r"], ["r", 6]]);
});

test("links within the page, to other hosts and into another tab leave a page telling", async () => {
  const { told, tell, on } = await onPage();
  on(`${PAGE}#results`);
  on("https://arxiv.org/abs/2210.09461");
  on("https://tome.org/lab/algorithms", { ctrlKey: true });
  on("https://tome.org/lab/algorithms", { button: 1 });
  tell("r", 5);
  assert.deepEqual(told, [["r", 5]]);
});

test("a click on another page waits until what the page has told is sent", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { told, tell, on, held } = await onPage();
  let now = 5000;
  context.mock.method(performance, "now", () => now);
  tell("fill", "size");
  on("https://tome.org/lab/algorithms");
  assert.equal(held.length, 1);
  tell("r", 5); // the page is still there
  now += 100;
  context.mock.timers.tick(100);
  assert.equal(held.length, 1);
  tell("r", 6);
  assert.deepEqual(told, [
    ["fill", "size"],
    ["r", 5],
  ]);
});

test("a click on another page waits until the page has told what it kept back", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { told, tell, on, held, beforeLeaving } = await onPage();
  const end = beforeLeaving(() => tell("r", 5));
  on(`${PAGE}#results`);
  assert.deepEqual(told, []);
  on("https://tome.org/lab/algorithms");
  assert.deepEqual(told, [["r", 5]]);
  assert.equal(held.length, 1);
  end();
  on("https://tome.org/lab/algorithms");
  assert.deepEqual(told, [["r", 5]]);
});

test("a click on another page waits until a field that it took the focus from is sent", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { on, blur, held } = await onPage();
  let now = 5000;
  context.mock.method(performance, "now", () => now);
  blur("BUTTON");
  on("https://tome.org/lab/algorithms");
  assert.deepEqual(held, []);
  blur("TEXTAREA");
  on("https://tome.org/lab/algorithms");
  assert.equal(held.length, 1);
  now += 100;
  context.mock.timers.tick(100);
  assert.equal(held.length, 1);
});

test("a click beside the viewer waits until what the viewer has told is sent, and comes once", async (context) => {
  context.mock.timers.enable({ apis: ["setTimeout"] });
  const { tell, press, button, clicks } = await onPage();
  let now = 5000;
  context.mock.method(performance, "now", () => now);
  const [measure, label, viewer, canvas] = ["measure", "label", "viewer", "canvas"].map(button);
  press(measure);
  assert.deepEqual(clicks, ["measure"]);
  tell("r", 5);
  press(measure);
  press(canvas, [canvas, viewer]);
  assert.deepEqual(clicks, ["measure", "canvas"]);
  now += 80;
  press(label); // as Streamlit's controls do whose click is late
  now += 20;
  press(label); // the timer is late
  context.mock.timers.tick(100);
  assert.deepEqual(clicks, ["measure", "canvas", "measure"]);
  press(measure);
  assert.equal(clicks.length, 4);
});
