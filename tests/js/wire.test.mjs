import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { cutWire, wireOf } from "../../explorer/viewer/wire.js";

let sockets, frames;

class Socket extends EventTarget {
  static OPEN = 1;

  constructor(address) {
    super();
    Object.assign(this, { address: String(address), readyState: 1, sent: [] });
    sockets.push(this);
  }

  send(text) {
    this.sent.push(text);
  }

  close() {
    this.readyState = 3;
  }

  bring(record) {
    this.dispatchEvent(Object.assign(new Event("message"), { data: JSON.stringify(record) }));
  }
}

const record = (turn, layer) => ({ layer, wire: { path: "wire/secret", turn } });

function viewer(root = {}) {
  const shown = [];
  const wire = wireOf(root, ({ layer }) => shown.push(layer));
  wire.listen("wire/secret");
  return { root, shown, wire, socket: sockets.at(-1) };
}

beforeEach(() => {
  [sockets, frames] = [[], []];
  globalThis.WebSocket = Socket;
  globalThis.location = { href: "https://tome.example/base/similarity?r=8" };
  globalThis.requestAnimationFrame = (draw) => frames.push(draw);
});

test("it listens beside the page, by the page's protocol", () => {
  assert.equal(viewer().socket.address, "wss://tome.example/base/wire/secret");
});

test("what is older than what is shown is left aside, from either side", () => {
  const { shown, wire, socket } = viewer();
  wire.take(record(1, "streamlit's"));
  socket.bring(record(2, "the wire's"));
  wire.take(record(1, "late"));
  socket.bring(record(1, "later still"));
  wire.take(record(2, "the same, drawn again"));
  assert.deepEqual(shown, ["streamlit's", "the wire's", "the same, drawn again"]);
});

test("a host without a wire is shown all it tells", () => {
  const { shown, wire } = viewer();
  wire.take({ layer: 1, wire: null });
  wire.take({ layer: 2 });
  assert.deepEqual(shown, [1, 2]);
});

test("the server hears what is on screen, once the frame has been drawn", async () => {
  const { socket } = viewer();
  socket.bring(record(7, "new"));
  assert.deepEqual(socket.sent, []);
  frames.forEach((draw) => draw());
  await new Promise((done) => setTimeout(done, 1));
  assert.deepEqual(socket.sent, ["7"]);
});

test("what is left aside is not said to be on screen", () => {
  const { socket } = viewer();
  socket.bring(record(7, "new"));
  socket.bring(record(6, "old"));
  assert.equal(frames.length, 1);
});

test("one socket serves a page, and a new one takes the place of one that was lost", () => {
  const { wire, socket } = viewer();
  wire.listen("wire/secret");
  assert.equal(sockets.length, 1);
  socket.close();
  wire.listen("wire/secret");
  assert.equal(sockets.length, 2);
});

test("another session counts its turns anew", () => {
  const { shown, wire, socket } = viewer();
  wire.take(record(9, "before"));
  wire.listen("wire/other");
  wire.take(record(0, "after"));
  assert.deepEqual(shown, ["before", "after"]);
  assert.equal(socket.readyState, 3);
});

test("a reconnected session goes on counting", () => {
  const { shown, wire, socket } = viewer();
  wire.take(record(9, "before"));
  socket.close();
  wire.listen("wire/secret");
  wire.take(record(8, "old"));
  assert.deepEqual(shown, ["before"]);
});

test("the socket goes with the viewer", () => {
  const { root, socket } = viewer();
  cutWire(root);
  assert.equal(socket.readyState, 3);
});
