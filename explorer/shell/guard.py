"""What stands between the network and Streamlit: a cap on what one session uploads, and on the server's memory.

Streamlit takes any number of files from a session, under ids that the browser may invent, and keeps them until the
session ends.
"""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from starlette.routing import Match, Route
from streamlit import config, runtime
from streamlit.url_util import make_url_path

from explorer.memory.guard import Busy, room_for

__all__ = ["UploadCap"]

SESSION_BYTES = 64 * 2**20

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Held = Callable[[str], Mapping[str, int]]


class _TooMuchError(Exception):
    """More arrived than the session may still upload."""


class UploadCap:
    """Answer 413 to an upload that takes its session over ``most`` bytes, 503 while memory is short, 507 a full disk (ASGI).

    Files that Streamlit holds count with their size, files on their way with what was announced or has arrived,
    whichever is more.  ``held(session)`` gives the bytes of each file that is held, by its id.
    """

    def __init__(self, app: Callable, most: int = SESSION_BYTES, held: Held | None = None):
        self._app, self._most, self._held = app, most, held or _held_by_streamlit
        self._coming: dict[object, tuple[str, str, int]] = {}
        # As Streamlit has it, so that both agree on which requests are uploads.
        path = make_url_path(config.get_option("server.baseUrlPath") or "", "_stcore/upload_file/{session}/{file}")
        self._route = Route(path, _unused, methods=["PUT"])

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        match, found = self._route.matches(scope) if scope["type"] == "http" else (Match.NONE, {})
        if match is not Match.FULL:
            await self._app(scope, receive, send)
            return
        session, file = found["path_params"]["session"], found["path_params"]["file"]
        announced = _announced(scope)
        if self._others(session, file) + announced > self._most:
            await _refuse_too_much(send)
        else:
            try:
                with room_for(announced or self._most):
                    await self._take(session, file, scope, receive, send)
            except Busy as short:
                await _refuse(send, 503, str(short))

    async def _take(self, session: str, file: str, scope: Message, receive: Receive, send: Send) -> None:
        upload, arrived, answered = object(), 0, False
        self._coming[upload] = (session, file, _announced(scope))

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            # Nothing has to be announced, and what is announced need not be true.
            self._coming[upload] = (session, file, max(arrived, _announced(scope)))
            if self._others(session, file, upload) + arrived > self._most:
                raise _TooMuchError
            return message

        async def noted(message: Message) -> None:
            nonlocal answered
            answered = True
            await send(message)

        try:
            await self._app(scope, counted, noted)
        except _TooMuchError:
            if not answered:
                await _refuse_too_much(send)
        except OSError:  # Streamlit puts what is larger than 1 MB into a temporary file first
            if answered:
                raise
            await _refuse(send, 507, "This server's disk is full or cannot be written. Please try again later.")
        finally:
            del self._coming[upload]

    def _others(self, session: str, file: str, upload: object = None) -> int:
        """Return the bytes of the session but for ``upload``, and but for the held file that it replaces."""
        coming: dict[str, int] = {}
        for key, (owner, name, size) in self._coming.items():
            if owner == session and key is not upload:
                coming[name] = coming.get(name, 0) + size
        held = {name: size for name, size in self._held(session).items() if name != file}
        # A file that has just been taken is held while its request still ends: it counts once.
        return sum(max(held.get(name, 0), coming.get(name, 0)) for name in held.keys() | coming.keys())


def _held_by_streamlit(session: str) -> dict[str, int]:
    files = runtime.get_instance().uploaded_file_mgr.file_storage.get(session, {})
    return {name: len(file.data) for name, file in list(files.items())}


def _announced(scope: Message) -> int:
    length = dict(scope["headers"]).get(b"content-length", b"0")
    return int(length) if length.isdigit() else 0


def _unused() -> None:
    """Stand in for the endpoint of a route that is only matched."""


async def _refuse_too_much(send: Send) -> None:
    await _refuse(send, 413, "This session has uploaded too much. Remove a file or reload the page.")


async def _refuse(send: Send, status: int, why: str) -> None:
    await send({"type": "http.response.start", "status": status, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": why.encode()})
