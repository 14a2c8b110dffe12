// A wire: what the viewer shows next comes past Streamlit, which would draw the whole page around it. What Streamlit tells
// and what the wire brings carry the turn of their making; what is older than what is shown is left aside.

const wires = new WeakMap();

class Wire {
  constructor() {
    this.turn = 0;
  }

  /** Show `record` unless something newer is shown. */
  take(record) {
    const { turn = 0 } = record.wire ?? {};
    if (turn < this.turn) return false;
    this.turn = turn;
    this.show(record);
    return true;
  }

  /** Listen at `path`, relative to the page's address. Without a wire the page works as well, only later. */
  listen(path) {
    if (this.path === path && this.socket?.readyState <= WebSocket.OPEN) return;
    this.close();
    if (this.path !== path) this.turn = 0; // another session counts anew
    this.path = path;
    const address = new URL(path, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    socket.addEventListener("message", ({ data }) => {
      const record = JSON.parse(data);
      // Whoever computes the rest waits until this is on screen: they may share the machine's cores.
      if (this.take(record)) requestAnimationFrame(() => setTimeout(() => acknowledge(socket, record.wire.turn)));
    });
    this.socket = socket;
  }

  close() {
    this.socket?.close();
  }
}

function acknowledge(socket, turn) {
  if (socket.readyState === WebSocket.OPEN) socket.send(String(turn));
}

/** The wire of the component in `root`; `show` draws a record there. */
export function wireOf(root, show) {
  if (!wires.has(root)) wires.set(root, new Wire());
  return Object.assign(wires.get(root), { show });
}

export function cutWire(root) {
  wires.get(root)?.close();
  wires.delete(root);
}
