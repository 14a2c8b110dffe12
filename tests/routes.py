"""The routes without a server: one request, answered in this process."""

import asyncio
from urllib.parse import urlencode

from starlette.applications import Starlette

from explorer.api.routes import routes

__all__ = ["ask"]

APP = Starlette(routes=routes())


def ask(path: str, **query: object) -> tuple[int, bytes]:
    """Return status and body of ``GET /api/v1/path``; a list is a parameter given several times."""
    return asyncio.run(_ask(f"/api/v1/{path}", urlencode(query, doseq=True)))


async def _ask(path: str, query: str) -> tuple[int, bytes]:
    told: list[dict] = []
    begun, stays = {"type": "http.request"}, asyncio.Event()

    async def receive() -> dict:
        if begun:
            return {"type": begun.pop("type"), "body": b""}
        await stays.wait()
        return {"type": "http.disconnect"}

    async def send(message: dict) -> None:
        told.append(message)

    scope = {"type": "http", "method": "GET", "path": path, "query_string": query.encode(), "headers": []}
    await APP(scope, receive, send)
    return told[0]["status"], b"".join(message.get("body", b"") for message in told)
