"""A wire to an open viewer: what it shows next goes there while the page's script is still at work.

Through Streamlit a record waits until the script has come to it, and the browser draws the page anew around it: measured,
more than half of what the first panel of a lab took after a change of r.  Nothing hangs on the wire: where a proxy refuses
it, the script draws what it would have brought.
"""

import asyncio
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any
from weakref import WeakValueDictionary

import streamlit as st
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

__all__ = ["DRAW_SECONDS", "Wire", "route", "session_wire"]

DRAW_SECONDS = 0.08
"""What else is to be done waits at most so long until a record is on screen: they may share the machine's cores."""
MOST_ENDS = 4
"""A session has one page open; a second end is one that has not noticed yet that its page has gone."""


class Wire:
    """From a session's scripts to its viewer.  A record is whole: a newer one makes those before it needless."""

    def __init__(self):
        self.token = secrets.token_urlsafe(24)
        """whoever knows it may listen"""
        self.turn = 0
        """how many records went out: a viewer leaves aside what is older than what it shows"""
        self._latest = ""
        self._lock = threading.Lock()
        self._ends: dict[asyncio.Event, asyncio.AbstractEventLoop] = {}
        self._shown = threading.Event()
        _wires[self.token] = self

    @property
    def open(self) -> bool:
        """Whether a browser listens."""
        return bool(self._ends)

    @property
    def mark(self) -> dict[str, Any]:
        """What every record carries, whichever way it goes: where the wire is, and the turn."""
        return {"path": f"wire/{self.token}", "turn": self.turn}

    def send(self, record: dict[str, Any]) -> None:
        """Let the viewer show ``record``.  Returns at once."""
        self.turn += 1
        self._shown.clear()
        self._latest = json.dumps({**record, "wire": self.mark})
        with self._lock:
            for news, loop in self._ends.items():
                loop.call_soon_threadsafe(news.set)

    def await_shown(self, seconds: float) -> bool:
        """Wait until the latest record is on screen, at most ``seconds``; whether it is."""
        return self.open and self._shown.wait(seconds)

    async def serve(self, websocket: WebSocket) -> None:
        """Bring the records to one browser, until it leaves."""
        if len(self._ends) >= MOST_ENDS:
            await websocket.close()
            return
        await websocket.accept()
        with self._end() as news:
            bringing = asyncio.create_task(self._bring(websocket, news))
            try:
                while (message := await websocket.receive())["type"] == "websocket.receive":
                    if message.get("text") == str(self.turn):
                        self._shown.set()
            finally:
                bringing.cancel()

    @contextmanager
    def _end(self) -> Iterator[asyncio.Event]:
        news = asyncio.Event()
        with self._lock:
            self._ends[news] = asyncio.get_running_loop()
        try:
            yield news
        finally:
            with self._lock:
                del self._ends[news]

    async def _bring(self, websocket: WebSocket, news: asyncio.Event) -> None:
        with suppress(WebSocketDisconnect):  # the loop above ends, too
            while True:
                await news.wait()
                news.clear()
                await websocket.send_text(self._latest)


_wires: WeakValueDictionary[str, Wire] = WeakValueDictionary()
"""by token; a session's ends with it"""


def session_wire() -> Wire:
    """The wire of this session."""
    if "wire" not in st.session_state:
        st.session_state["wire"] = Wire()
    return st.session_state["wire"]


def route() -> WebSocketRoute:
    """Where the server has the wires of all sessions."""
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return WebSocketRoute(f"{base and '/' + base}/wire/{{token}}", _serve)


async def _serve(websocket: WebSocket) -> None:
    wire = _wires.get(websocket.path_params["token"])
    if wire is None:
        await websocket.close()  # not accepted yet, so the browser is refused
        return
    await wire.serve(websocket)
