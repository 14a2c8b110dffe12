"""What stands between the network and Streamlit: a cap on what one session uploads, and on the server's memory.

Streamlit takes any number of files from a session, under ids that it may invent, and keeps them until it is evicted.
"""

import re
from collections import defaultdict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

from explorer.core.guard import short_of_memory

__all__ = ["UploadCap"]

UPLOAD = re.compile(r".*/_stcore/upload_file/([^/]+)/([^/]+)/?")
SESSION_BYTES = 64 * 2**20

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


class UploadCap:
    """ASGI middleware: answers 413 to what would take a session over ``most`` bytes, 503 where memory is short.

    A file counts from the first byte on, and until the browser takes it back or the server ends.
    """

    def __init__(self, app: Callable, most: int = SESSION_BYTES):
        self._app, self._most = app, most
        self._held: dict[str, dict[str, int]] = defaultdict(dict)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        match = UPLOAD.fullmatch(scope["path"]) if scope["type"] == "http" else None
        if match is None or scope["method"] not in ("PUT", "DELETE"):
            await self._app(scope, receive, send)
        elif scope["method"] == "DELETE":
            await self._app(scope, receive, send)
            self._forget(*match.groups())
        elif self._over(match[1], match[2], _announced(scope)):
            await _refuse(send, 413, "This session has uploaded too much. Remove a file or reload the page.")
        elif short := short_of_memory(_announced(scope)):
            await _refuse(send, 503, short)
        else:
            await self._take(*match.groups(), scope, receive, send)

    async def _take(self, session: str, file: str, scope: Message, receive: Receive, send: Send) -> None:
        before = self._held[session].get(file, 0)
        self._held[session][file] = max(before, _announced(scope))
        arrived, status = 0, 500

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            # Nothing has to be announced, and what is announced need not be true.
            if self._over(session, file, arrived):
                return {"type": "http.disconnect"}
            self._held[session][file] = max(self._held[session].get(file, 0), arrived)
            return message

        async def noted(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, counted, noted)
        finally:
            if status < 300:
                self._held[session][file] = arrived
            elif before:
                self._held[session][file] = before
            else:
                self._forget(session, file)

    def _over(self, session: str, file: str, size: int) -> bool:
        others = sum(held for name, held in self._held.get(session, {}).items() if name != file)
        return others + size > self._most

    def _forget(self, session: str, file: str) -> None:
        if session in self._held:
            self._held[session].pop(file, None)
            if not self._held[session]:
                del self._held[session]


def _announced(scope: Message) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


async def _refuse(send: Send, status: int, why: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": why.encode()})
