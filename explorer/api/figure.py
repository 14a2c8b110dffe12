"""The route for figures, films and pages of records."""

import asyncio
from functools import cache
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.responses import Response

from explorer.api.asked import asked
from explorer.api.follow import loaded, results, source_of
from explorer.api.media import caching
from explorer.export.query import FigureQuery
from explorer.memory.shelf import Shelf
from explorer.records.runnable import check_panels
from explorer.records.service import service

if TYPE_CHECKING:
    from explorer.export.make import Made

__all__ = ["figure"]


@cache
def _files() -> Shelf:
    return Shelf(megabytes=48)


async def figure(request: Request) -> Response:
    """Answer with the requested file as a download."""
    from explorer.export.make import make

    query, records = asked(request, FigureQuery), service()
    source = await source_of(records, query)
    await asyncio.to_thread(check_panels, source, query.configs)
    if query.beside_model and query.other:
        await loaded(records, query.other)
    key = ("figure", *source.key, query.model_dump_json())
    made = _files().get(key)
    if made is None:

        def work(task) -> None:
            found = make(records, source, query, task)
            _files().put(key, found)
            task.publish(found)

        (made,) = await results(request, lambda client, token: records.tasks.ask(client, key, work, token=token))
    return _answer(made, query)


def _answer(made: "Made", query: FigureQuery) -> Response:
    headers = {
        "content-disposition": f'attachment; filename="{made.name}"',
        "cache-control": caching(query, 300),
    }
    return Response(made.content, media_type=made.media_type, headers=headers)
