import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as later } from "node:timers/promises";
import { Stops, stopInView } from "../../explorer/web/page/stops.js";

const HEIGHT = 900;
const boxesAt = (scrolled, heights) => {
  let top = 200 - scrolled;
  return heights.map((height) => {
    top += height;
    return { top: top - height, height };
  });
};

test("going down, a stop counts as soon as its words are in sight; going up, once its end is", () => {
  const boxes = boxesAt(400, [700, 700, 700]); // the second one begins at 500 of 900
  assert.equal(stopInView(boxes, HEIGHT, true), 2);
  assert.equal(stopInView(boxes, HEIGHT, false), 1);
  assert.equal(stopInView(boxesAt(0, [700, 700]), HEIGHT, true), 1);
  assert.equal(stopInView([{ top: 800 }, { top: 1500 }], HEIGHT, true), 1, "above all of them");
});

/** A page of `heights`, whose scroller can be moved. */
function page(heights) {
  const scroller = { scrollTop: 0, clientHeight: HEIGHT, scrollHeight: 200 + heights.reduce((a, b) => a + b) };
  const listeners = {};
  scroller.addEventListener = (name, listener) => {
    listeners[name] = listener;
  };
  scroller.removeEventListener = (name) => delete listeners[name];
  const marked = new Set();
  const sections = heights.map((_, index) => ({
    style: {},
    getBoundingClientRect: () => boxesAt(scroller.scrollTop, heights)[index],
    toggleAttribute: (_name, on) => (on ? marked.add(index + 1) : marked.delete(index + 1)),
    scrollIntoView: () => {
      scroller.scrollTop = Math.min(
        200 + heights.slice(0, index).reduce((a, b) => a + b, 0),
        scroller.scrollHeight - HEIGHT,
      );
    },
  }));
  globalThis.document = {
    querySelectorAll: () => sections,
    querySelector: (name) => (name.includes("stMain") ? scroller : null),
  };
  const seen = {}; // what the window listens to
  globalThis.addEventListener = (name, listener) => {
    seen[name] = listener;
  };
  globalThis.removeEventListener = (name) => delete seen[name];
  globalThis.ResizeObserver = class {
    constructor(resized) {
      seen.resized = resized;
    }
    observe() {}
    disconnect() {
      delete seen.resized;
    }
  };
  const scroll = (top) => {
    seen.wheel?.();
    scroller.scrollTop = top;
    listeners.scroll?.();
  };
  const grow = (index, height) => {
    scroller.scrollHeight += height - heights[index];
    heights[index] = height;
    seen.resized?.();
    listeners.scroll?.();
  };
  const resize = (width) => {
    scroller.clientWidth = width;
    seen.resize?.();
  };
  return { scroller, sections, marked, scroll, grow, resize, listeners, seen };
}

test("the stop in view is told once the reader has settled, and those that are passed are not", async () => {
  const { scroll, marked } = page([700, 700, 700, 700, 700]);
  const told = [];
  const stops = new Stops({ tell: (stop) => told.push(stop) });
  stops.show(1, "0");
  for (const top of [400, 1000, 1800]) scroll(top);
  assert.deepEqual([told, [...marked]], [[], [4]]);
  await later(250);
  assert.deepEqual(told, [4]);
  scroll(1750);
  await later(250);
  assert.deepEqual(told, [4, 3], "on the way up the one above counts earlier");
});

test("only a new leap moves the page, and the end of the page is the last stop", async () => {
  const { scroller, scroll } = page([700, 700, 700, 700, 300]);
  const told = [];
  const stops = new Stops({ tell: (stop) => told.push(stop) });
  stops.show(3, "0");
  assert.equal(scroller.scrollTop, 1600, "a link to a stop begins there");
  await later(250);
  scroll(1400);
  stops.show(4, "0");
  assert.equal(scroller.scrollTop, 1400, "an answer to scrolling");
  stops.show(2, "1");
  assert.equal(scroller.scrollTop, 900);
  await later(250);
  scroll(scroller.scrollHeight - HEIGHT);
  await later(250);
  assert.equal(told.at(-1), 5);
});

test("a stop keeps the height that it had with its picture", () => {
  const { sections, scroll, resize } = page([700, 900]);
  const stops = new Stops({ tell: () => {} });
  stops.show(1, "0");
  scroll(10);
  resize(undefined);
  assert.deepEqual(
    sections.map(({ style }) => style.minHeight),
    ["700px", "900px"],
  );
  resize(1024);
  assert.deepEqual(
    sections.map(({ style }) => style.minHeight),
    ["", ""],
    "in a window of another size it may be lower",
  );
});

test("a chosen stop stays where it is while pictures come and go above it, until the reader scrolls", () => {
  const { scroller, scroll, grow, marked } = page([700, 700, 700, 700]);
  const told = [];
  const stops = new Stops({ tell: (stop) => told.push(stop) });
  stops.show(3, "0");
  grow(0, 1000);
  assert.deepEqual([scroller.scrollTop, [...marked]], [1900, [3]]);
  grow(1, 400);
  assert.equal(scroller.scrollTop, 1600);
  scroll(1500);
  grow(0, 700);
  assert.equal(scroller.scrollTop, 1500);
});

test("a page that goes is no longer watched", () => {
  const { listeners, seen } = page([700]);
  const stops = new Stops({ tell: () => {} });
  stops.show(1, "0");
  assert.ok(listeners.scroll && seen.resize && seen.wheel && seen.resized);
  stops.stop();
  assert.deepEqual([listeners, seen], [{}, {}]);
});

test("presenting steps from stop to stop, does not listen to scrolling, and ends at the stop that it shows", async () => {
  const { scroller, scroll, marked } = page([700, 700, 700, 700]);
  const told = [];
  const stops = new Stops({ tell: (stop) => told.push(stop) });
  stops.show(2, "0");
  const end = stops.present();
  await later(200);
  assert.equal(scroller.scrollTop, 0);
  stops.step(1);
  scroll(0);
  stops.step(Infinity);
  assert.deepEqual([...marked], [4]);
  await later(200);
  assert.deepEqual(told, [4], "a stop that is passed at once is not told");
  stops.step(-Infinity);
  assert.deepEqual([...marked], [1]);
  stops.step(2);
  end();
  assert.deepEqual([told.at(-1), [...marked], scroller.scrollTop], [3, [3], 1600]);
});

test("presenting one stop alone ends at the line where it began, and stays there while pictures change", () => {
  const { scroller, scroll, grow } = page([700, 700, 700]);
  const stops = new Stops({ tell: () => {} });
  stops.show(2, "0");
  scroll(1000);
  const end = stops.present();
  scroller.scrollTop = 0;
  end();
  assert.equal(scroller.scrollTop, 1000);
  grow(0, 500);
  assert.equal(scroller.scrollTop, 800);
});
