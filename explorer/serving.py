"""What surrounds the app's answers: request log, process cookie, closed metrics, embedded addresses, sockets."""

import json
import os
import re
import socket
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qsl, urlencode

import psutil
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from explorer.environment import check, unknown

__all__ = ["EmbedAddress", "MetricsClosed", "ProcessCookie", "RequestLog", "at_once", "serving"]

COOKIE = "tome_process"
PRIVATE = re.compile(r"(/_stcore/upload_file|/media|/component)/.*")
"""paths that go on with a session, a file or a name of it"""


@asynccontextmanager
async def at_once(app: ASGIApp) -> AsyncIterator[None]:
    """Let every part of an answer leave at once (TCP_NODELAY), on Windows excepted.

    Otherwise a body waits until the browser has confirmed its head, 40 ms.  asyncio sets the option only on sockets
    with an explicit protocol, which Streamlit's has not.  Connections inherit it from the listening socket.
    """
    try:
        listening = [each.fd for each in psutil.Process().net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    except (psutil.Error, OSError):  # a container may forbid to look: answers are slower then
        listening = []
    for number in listening:
        if number >= 0:  # Windows tells none
            with socket.socket(fileno=os.dup(number)) as copy:
                copy.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    yield


def serving(base: str = "") -> list[Middleware]:
    """Return the middleware set in the environment: TOME_EXPLORER_LOG=json, TOME_EXPLORER_PROCESS=<name>.

    Raises ValueError for a wrong value of any TOME_EXPLORER_ variable, and warns of unknown ones on stderr.
    """
    check(os.environ)
    for each in unknown(os.environ):
        sys.stderr.write(f"{each}\n")
    wanted, log, name = [], os.environ.get("TOME_EXPLORER_LOG", ""), os.environ.get("TOME_EXPLORER_PROCESS", "")
    if log:
        wanted.append(Middleware(RequestLog))
    if name:
        wanted.append(Middleware(ProcessCookie, name=name, base=base))
    return wanted


class RequestLog:
    """Write a line of JSON for each answered request and each closed WebSocket.

    No address, query, header, session or file name is written.
    """

    def __init__(self, app: Callable, write: Callable[[str], object] | None = None):
        self._app, self._write = app, write or _to_stdout

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        start, status, sent = time.perf_counter(), 0, 0

        async def noted(message: Message) -> None:
            nonlocal status, sent
            if message["type"] == "websocket.accept":
                status = 101
            status = message.get("status", status)
            sent += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, noted)
        finally:
            line = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "method": scope.get("method", "WEBSOCKET"),
                "path": PRIVATE.sub(r"\1", scope["path"])[:200],
                "status": status,
                "bytes": sent,
                "seconds": round(time.perf_counter() - start, 4),
            }
            self._write(json.dumps(line) + "\n")


class ProcessCookie:
    """Set a cookie with the name of this process, so that a proxy routes the reader back to it.

    A session and its uploads live in one process.  API requests and static files leave the cookie alone, so that a
    single one sent elsewhere by a proxy moves nobody.
    """

    def __init__(self, app: Callable, name: str, base: str = ""):
        self._app, self._name = app, name
        root = f"/{base.strip('/')}".rstrip("/")
        self._root, self._elsewhere = root, (f"{root}/api/", f"{root}/static/", f"{root}/app/static/")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begins = scope["type"] in ("http", "websocket") and not scope["path"].startswith(self._elsewhere)
        if not begins or _cookie(Headers(scope=scope)) == self._name:
            await self._app(scope, receive, send)
            return
        secure = Headers(scope=scope).get("x-forwarded-proto", scope["scheme"]) in ("https", "wss")
        more = "SameSite=None; Secure; Partitioned" if secure else "SameSite=Lax"

        async def naming(message: Message) -> None:
            if message["type"] in ("http.response.start", "websocket.accept"):
                message.setdefault("headers", [])
                told = f"{COOKIE}={self._name}; Path={self._root}/; HttpOnly; {more}"
                MutableHeaders(scope=message).append("set-cookie", told)
            await send(message)

        await self._app(scope, receive, naming)


class MetricsClosed:
    """Answer 404 at Streamlit's public metrics: open sessions and cache sizes (ASGI)."""

    def __init__(self, app: Callable):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer: Callable = self._app
        if scope["type"] == "http" and scope["path"].rstrip("/").endswith("/_stcore/metrics"):
            answer = Response("Not found", 404)
        await answer(scope, receive, send)


class EmbedAddress:
    """Redirect ``?embed=1`` to Streamlit's ``?embed=true`` (ASGI)."""

    def __init__(self, app: ASGIApp):
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = parse_qsl(scope.get("query_string", b"").decode("latin-1"), keep_blank_values=True)
        if scope["type"] != "http" or ("embed", "1") not in asked:
            await self.app(scope, receive, send)
            return
        there = urlencode([(name, "true" if name == "embed" else value) for name, value in asked])
        await RedirectResponse(f"?{there}")(scope, receive, send)


def _cookie(headers: Headers) -> str:
    try:
        found = SimpleCookie(headers.get("cookie", "")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""


def _to_stdout(line: str) -> None:
    sys.stdout.write(line)
    sys.stdout.flush()
