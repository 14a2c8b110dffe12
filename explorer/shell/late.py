"""Reports that a page sends after its reader has asked for another."""

from urllib.parse import urlsplit

from google.protobuf.message import DecodeError
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

__all__ = ["LateReports"]


class LateReports:
    """Keep late reports from Streamlit (ASGI).

    Streamlit would run the part of the old page that such a report asks for inside the new one, and the browser's
    window would go white.  The choice itself is in the link that the reader has left.
    """

    def __init__(self, app: ASGIApp):
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self._app(scope, receive, send)
            return
        asked = ClientState()

        async def in_time() -> Message:
            nonlocal asked
            while True:
                message = await receive()
                told = _run_asked_for(message)
                if told is None:
                    return message
                if not told.fragment_id:
                    asked = told
                elif _is_late(told, asked):
                    continue
                return message

        await self._app(scope, in_time, send)


def _run_asked_for(message: Message) -> ClientState | None:
    try:
        told = BackMsg.FromString(message.get("bytes") or b"")
    except DecodeError:  # Streamlit closes such a connection
        return None
    return told.rerun_script if told.HasField("rerun_script") else None


def _is_late(report: ClientState, asked: ClientState) -> bool:
    """Return whether ``report`` comes from another page than the one last ``asked`` for, at the same address.

    A new session names no page.  One that the server itself has opened has an address of its own.
    """
    if asked.page_script_hash in ("", report.page_script_hash):
        return False
    return _path(report) == _path(asked)


def _path(state: ClientState) -> str:
    return urlsplit(state.context_info.url).path
