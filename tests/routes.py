"""The routes without a server: one request, answered in this process."""

import asyncio
from typing import NamedTuple
from urllib.parse import urlencode

from starlette.applications import Starlette

from explorer.api.routes import routes

__all__ = ["Answer", "answer", "ask"]

APP = Starlette(routes=routes())


class Answer(NamedTuple):
    """What came back."""

    status: int
    content: bytes
    headers: dict[str, str]


def ask(path: str, **query: object) -> tuple[int, bytes]:
    """Return status and body of ``GET /api/v1/path``; a list is a parameter given several times."""
    return answer(path, **query)[:2]


def answer(path: str, method: str = "GET", **query: object) -> Answer:
    """Return the same with the headers, also of another method."""
    return asyncio.run(_ask(method, f"/api/v1/{path}", urlencode(query, doseq=True)))


async def _ask(method: str, path: str, query: str) -> Answer:
    told: list[dict] = []
    begun, stays = {"type": "http.request"}, asyncio.Event()

    async def receive() -> dict:
        if begun:
            return {"type": begun.pop("type"), "body": b""}
        await stays.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        told.append(message)

    scope = {"type": "http", "method": method, "path": path, "query_string": query.encode(), "headers": []}
    await APP(scope, receive, send)
    headers = {name.decode(): value.decode() for name, value in told[0]["headers"]}
    return Answer(told[0]["status"], b"".join(message.get("body", b"") for message in told), headers)
