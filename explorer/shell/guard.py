"""ASGI middleware before Streamlit: limits on the uploads of a session and on the server's memory.

Streamlit accepts any number of files per session, under ids chosen by the browser, and keeps them until the session
ends.
"""

from collections.abc import Callable, Mapping

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.routing import Match, Route
from starlette.types import Message, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.url_util import make_url_path

from explorer.memory.guard import Busy, room_for

__all__ = ["UploadCap"]

SESSION_BYTES = 64 * 2**20
TOO_MUCH = "This session has uploaded too much. Remove a file or reload the page."
DISK_FULL = "This server's disk is full or cannot be written. Please try again later."

Held = Callable[[str], Mapping[str, int]]


class _TooMuchError(Exception):
    """More arrived than the session may still upload."""


class UploadCap:
    """Answer 413 to an upload that takes its session over ``most`` bytes, 503 while memory is short, 507 a full disk (ASGI).

    Stored files count with their size, running uploads with the larger of announced and received bytes.
    ``held(session)`` returns the bytes of each stored file by id.
    """

    def __init__(self, app: Callable, most: int = SESSION_BYTES, held: Held | None = None):
        self._app, self._most, self._held = app, most, held or _held_by_streamlit
        self._coming: dict[object, tuple[str, str, int]] = {}
        # Streamlit's own route, so that both agree on what an upload is.
        path = make_url_path(config.get_option("server.baseUrlPath") or "", "_stcore/upload_file/{session}/{file}")
        self._route = Route(path, _unused, methods=["PUT"])

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        match, found = self._route.matches(scope) if scope["type"] == "http" else (Match.NONE, {})
        if match is not Match.FULL:
            await self._app(scope, receive, send)
            return
        session, file = found["path_params"]["session"], found["path_params"]["file"]
        announced = _announced(scope)
        if self._others(session, file) + announced > self._most:
            await PlainTextResponse(TOO_MUCH, 413)(scope, receive, send)
        else:
            try:
                with room_for(announced or self._most):
                    await self._take(session, file, scope, receive, send)
            except Busy as short:
                await PlainTextResponse(str(short), 503)(scope, receive, send)

    async def _take(self, session: str, file: str, scope: Scope, receive: Receive, send: Send) -> None:
        upload, arrived, answered = object(), 0, False
        self._coming[upload] = (session, file, _announced(scope))

        async def counted() -> Message:
            nonlocal arrived
            message = await receive()
            arrived += len(message.get("body", b""))
            # Content-Length may be missing or wrong.
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
                await PlainTextResponse(TOO_MUCH, 413)(scope, receive, send)
        except OSError:  # Streamlit first writes uploads of more than 1 MB to a temporary file
            if answered:
                raise
            await PlainTextResponse(DISK_FULL, 507)(scope, receive, send)
        finally:
            del self._coming[upload]

    def _others(self, session: str, file: str, upload: object = None) -> int:
        """Return the bytes of the session without ``upload`` and without the stored file that it replaces."""
        coming: dict[str, int] = {}
        for key, (owner, name, size) in self._coming.items():
            if owner == session and key is not upload:
                coming[name] = coming.get(name, 0) + size
        held = {name: size for name, size in self._held(session).items() if name != file}
        # A file may be stored before its request ends: count it once.
        return sum(max(held.get(name, 0), coming.get(name, 0)) for name in held.keys() | coming.keys())


def _held_by_streamlit(session: str) -> dict[str, int]:
    files = runtime.get_instance().uploaded_file_mgr.file_storage.get(session, {})
    return {name: len(file.data) for name, file in list(files.items())}


def _announced(scope: Scope) -> int:
    length = Headers(scope=scope).get("content-length", "0")
    return int(length) if length.isdigit() else 0


def _unused() -> None:
    """Stand in for the endpoint of a route that is only matched."""
