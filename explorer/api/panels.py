"""The answer for several configurations: lines of JSON, each sent as soon as it is ready."""

import asyncio
import json
import time
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from explorer.api.follow import SUPERSEDED
from explorer.engine.task import Snapshot, Task
from explorer.engine.tasks import Tasks
from explorer.records.panels import Panels, Part
from explorer.records.query import PanelsQuery

if TYPE_CHECKING:
    from explorer.engine.compare import Failure, Trial

__all__ = ["lines", "zipped"]

QUIET_SECONDS = 0.25
"""Between two lines that only say how far the run is: the browser may share the machine's cores."""


async def lines(panels: Panels, query: PanelsQuery, task: Task | None, token: object) -> AsyncIterator[bytes]:
    """Yield the lines of the answer; ``task`` computes missing results.  Closing the iterator leaves the task."""
    tasks = panels.records.tasks
    try:
        answer = _Answer(panels, query)
        yield _line(input=json.loads((await asyncio.to_thread(panels.input)).model_dump_json()))
        for config in dict.fromkeys(panels.configs):
            if (found := panels.found(config)) is not None:
                for line in await asyncio.to_thread(answer.told, found):
                    yield line
        if task is not None:
            async for line in _followed(answer, tasks, task):
                yield line
        if not answer.ended:
            yield _line(end=True)
    finally:
        if task is not None:
            tasks.leave(token, task)


async def zipped(plain: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Compress the lines, flushed one by one."""
    packer = zlib.compressobj(5, wbits=31)
    async for line in plain:
        yield packer.compress(line) + packer.flush(zlib.Z_SYNC_FLUSH)
    yield packer.flush()


class _Answer:
    """The lines sent so far."""

    def __init__(self, panels: Panels, query: PanelsQuery):
        self.panels, self.patch = panels, query.patch
        self.places: dict[str, list[int]] = {}
        for place, config in enumerate(panels.configs):
            self.places.setdefault(config.key, []).append(place)
        self.sent: set[str] = set()
        self.ended = False

    def told(self, result: "Trial | Failure | Part") -> list[bytes]:
        """Return the lines of a result, one for each panel with its configuration."""
        from explorer.engine.compare import Failure

        key = result.config.key
        if key in self.sent:
            return []
        if isinstance(result, Part):
            return [_panel(place, "record", self.panels.part(result).model_dump_json()) for place in self.places[key]]
        self.sent.add(key)
        if isinstance(result, Failure):
            return [_line(panel=place, error=result.reason) for place in self.places[key]]
        body = self.panels.body(result)
        more = {"tag": body.tag} | ({} if self.patch is None else {"similarity": _similarity(result, self.patch)})
        return [_panel(place, "record", body.text.decode(), **more) for place in self.places[key]]

    def progress(self, tasks: Tasks, task: Task, snapshot: Snapshot) -> bytes:
        """Return the progress line."""
        place = tasks.place(task)
        if place:
            return _line(place=place)
        done = sum(len(self.places[key]) for key in self.sent)
        return _line(progress={"done": done, "total": len(self.panels.configs), "note": snapshot.note})

    def end(self, snapshot: Snapshot) -> bytes | None:
        """Return the last line of an incomplete task, or None."""
        if snapshot.state == "done":
            return None
        self.ended = True
        if snapshot.error is None:
            return _line(error=SUPERSEDED)
        why = f"{type(snapshot.error).__name__}: {str(snapshot.error)[:200]}"
        return _line(error=f"These panels could not be computed ({why}).")


async def _followed(answer: _Answer, tasks: Tasks, task: Task) -> AsyncIterator[bytes]:
    loop, news = asyncio.get_running_loop(), asyncio.Event()
    task.watch(lambda: loop.call_soon_threadsafe(news.set))
    seen, spoke, said = 0, time.monotonic(), b""
    while True:
        news.clear()
        snapshot = task.snapshot
        for result in snapshot.results[seen:]:
            for line in await asyncio.to_thread(answer.told, result):
                yield line
                spoke = time.monotonic()
        seen = len(snapshot.results)
        if snapshot.ended:
            break
        if time.monotonic() - spoke >= QUIET_SECONDS:
            spoke, line = time.monotonic(), answer.progress(tasks, task, snapshot)
            if line != said:
                yield (said := line)
        with suppress(TimeoutError):
            await asyncio.wait_for(news.wait(), QUIET_SECONDS)
    if (last := answer.end(snapshot)) is not None:
        yield last


def _similarity(trial: "Trial", patch: int) -> list[dict[str, Any] | None]:
    from explorer.engine.heat import warm

    return warm(trial, patch)


def _panel(place: int, name: str, text: str, **more: Any) -> bytes:
    # Records are spliced in as JSON: parsing and writing twelve of them would take as long as a block.
    head = json.dumps({"panel": place, **more}, separators=(",", ":"))
    return f'{head[:-1]},"{name}":{text}}}\n'.encode()


def _line(**fields: Any) -> bytes:
    return (json.dumps(fields, separators=(",", ":")) + "\n").encode()
