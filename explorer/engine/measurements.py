"""The measurements of one server by subject, so that a reloaded page finds its own."""

import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import psutil
from cachetools import LRUCache

from explorer.engine.task import Task
from explorer.engine.tasks import Tasks
from explorer.memory.guard import Busy

__all__ = ["MOST_WAITING", "Measurement", "Measurements", "Work"]

MOST_WAITING = 4
"""per reader, running ones included"""
MOST_KEPT = 32

Work = Callable[[Task, Callable[[Any], None]], None]


@dataclass(frozen=True, eq=False)
class Measurement:
    """A task of sequential measurements, with their context."""

    subject: Hashable
    total: int
    unit: str
    task: Task
    client: str
    """name of the client that started it"""
    asked: datetime
    load: float
    """load average of the minute before the start"""
    carried: object = None
    """state to resume from"""

    @property
    def running(self) -> bool:
        return not self.task.snapshot.ended


class Measurements:
    """Starts measurements, queued per reader, one at a time per subject."""

    def __init__(self, tasks: Tasks):
        self._tasks = tasks
        self._kept: LRUCache[Hashable, Measurement] = LRUCache(MOST_KEPT)
        self._lock = threading.Lock()

    def start(
        self,
        client: str,
        subject: Hashable,
        total: int,
        unit: str,
        work: Work,
        present: Callable[[], bool] | None = None,
        carried: object = None,
    ) -> Measurement:
        """Start or queue ``work(task, tell)`` for ``client``, unless it is under way.  Raises Busy when there is no room."""
        with self._lock:
            if (known := self._under_way(client, subject, present)) is not None:
                return known
            own = [each for each in self._kept.values() if each.client == client and each.running]
            if len(own) >= MOST_WAITING:
                raise Busy(
                    f"You already have {len(own)} measurements that run or wait. Stop one, or wait until one ends."
                )
            task = self._tasks.ask(
                _name(client, subject), ("measurement", object()), lambda task: work(task, task.publish),
                long=True, present=present, turn=("measurements", client),
            )  # fmt: skip
            load = psutil.getloadavg()[0]
            fresh = Measurement(subject, total, unit, task, client, datetime.now(UTC), load, carried)
            self._kept[subject] = fresh
            return fresh

    def find(self, client: str, subject: Hashable, present: Callable[[], bool] | None = None) -> Measurement | None:
        """Return the running or finished measurement of ``subject``; ``client`` joins it."""
        with self._lock:
            if (known := self._under_way(client, subject, present)) is not None:
                return known
            ended = self._kept.get(subject)
            return ended if ended is not None and ended.task.snapshot.state == "done" else None

    def stop(self, client: str, known: Measurement) -> None:
        """Stop a measurement between two steps, unless other readers wait for it; results so far stay."""
        self._tasks.leave(_name(client, known.subject), known.task)

    def stop_all(self, client: str) -> None:
        """Stop all measurements of ``client``."""
        with self._lock:
            own = [each for each in self._kept.values() if each.running]
        for known in own:
            self.stop(client, known)

    def _under_way(self, client: str, subject: Hashable, present: Callable[[], bool] | None) -> Measurement | None:
        known = self._kept.get(subject)
        joined = known is not None and self._tasks.join(_name(client, subject), known.task, present)
        return known if joined else None


def _name(client: str, subject: Hashable) -> str:
    # A name per subject: a client's new task replaces the older one of the same name.
    return f"measurement {client} {subject}"
