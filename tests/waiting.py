"""Wait for the end of a task."""

import time
from typing import Any

from explorer.engine.task import Superseded, Task


def ended(task: Task, seconds: float) -> bool:
    """Return whether ``task`` has ended, after waiting at most ``seconds``."""
    until, snapshot = time.monotonic() + seconds, task.snapshot
    while not snapshot.ended and (left := until - time.monotonic()) > 0:
        snapshot = task.wait(snapshot, left)
    return snapshot.ended


def result(task: Task) -> Any:
    """Return the last result of ``task``, or raise the exception that ended it."""
    assert ended(task, 30)
    if task.snapshot.state == "cancelled":
        raise Superseded
    if task.snapshot.error:
        raise task.snapshot.error
    return task.snapshot.results[-1] if task.snapshot.results else None
