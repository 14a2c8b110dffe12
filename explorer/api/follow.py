"""Wait within a request for a model or a task."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from explorer.engine.engine import Loading
from explorer.engine.task import Superseded, Task
from explorer.records.query import Query
from explorer.records.service import AnySource, Records, service

__all__ = ["LOOK_SECONDS", "SUPERSEDED", "loaded", "results", "source_of"]

LOOK_SECONDS = 0.05
SUPERSEDED = "a newer request took this one's place"


async def source_of(records: Records, query: Query) -> AnySource:
    """Return the source of ``query`` as soon as its model is loaded."""
    loading = await loaded(records, query)
    return await asyncio.to_thread(records.source, query, loading=loading)  # may decode a clip


async def loaded(records: Records, query: Query) -> Loading:
    """Return the model of ``query`` as soon as it is loaded, or has failed."""
    loading = records.loading(query, again=True)
    while not loading.done.is_set():
        await asyncio.sleep(LOOK_SECONDS)
        loading = records.loading(query)  # one that waits for others has not begun
    return loading


async def results(request: Request, ask: Callable[[str, str], Task]) -> tuple[Any, ...]:
    """Return the results of the task started by ``ask(client, token)``; leave it when the request closes.

    Raises the task's error, and Superseded if it was cancelled.
    """
    token = uuid.uuid4().hex
    client = request.headers.get("x-client") or token
    task, loop, news = ask(client, token), asyncio.get_running_loop(), asyncio.Event()
    task.watch(lambda: loop.call_soon_threadsafe(news.set))
    gone = asyncio.create_task(_closed(request))
    gone.add_done_callback(lambda _: news.set())
    try:
        while not ((snapshot := task.snapshot).ended or gone.done()):
            await news.wait()
            news.clear()
    finally:
        gone.cancel()
        service().tasks.leave(token, task)
    if snapshot.error is not None:
        raise snapshot.error
    if snapshot.state != "done":
        raise Superseded(task.subject)
    return snapshot.results


async def _closed(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
