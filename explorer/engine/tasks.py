"""Tasks: shared work, observed through immutable snapshots."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, Literal

from explorer.engine.runs import Job, Runs, Superseded

__all__ = ["Snapshot", "Task", "Tasks"]

ABSENT_SECONDS = 5.0
"""grace period for a disconnected reader, such as a reconnecting browser, before their work is cancelled"""

State = Literal["queued", "running", "partial", "done", "failed", "cancelled"]


@dataclass(frozen=True)
class Snapshot:
    """The state of a task at one moment."""

    state: State = "queued"
    results: tuple[Any, ...] = ()
    """in order of arrival"""
    note: str = ""
    """progress message"""
    error: Exception | None = None

    @property
    def ended(self) -> bool:
        return self.state in ("done", "failed", "cancelled")


class Task:
    """Work in the pool.  The worker publishes; any number of threads and event loops watch ``snapshot``."""

    def __init__(self, subject: Hashable):
        self.subject = subject
        self._snapshot = Snapshot()
        self._news = threading.Condition()
        self._watchers: list[Callable[[], None]] = []
        self.waiting: dict[object, str] = {}
        """request token → name of the waiting client"""
        self.job: Job
        self.began: float | None = None
        """when the task left the queue, in monotonic seconds"""
        self.readers: dict[object, Callable[[], bool]] = {}
        """token → presence check, for readers without an open request"""
        self._absent_since: float | None = None

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def note(self) -> str:
        return self._snapshot.note

    @note.setter
    def note(self, text: str) -> None:
        self._swap(note=text)

    def check(self, *_: Any) -> None:
        """Raise Superseded if no reader waits for this task, or all of them have been away for some seconds."""
        self.job.check()
        readers = list(self.readers.values())
        if not readers or any(there() for there in readers):
            self._absent_since = None
            return
        self._absent_since = self._absent_since or time.monotonic()
        if time.monotonic() - self._absent_since > ABSENT_SECONDS:
            raise Superseded("every reader of this task has left")

    def publish(self, result: Any) -> None:
        """Append a result."""
        self._swap(state="partial", results=(*self._snapshot.results, result))

    def cancel(self) -> None:
        self.job.cancel()

    def wait(self, seen: Snapshot, seconds: float) -> Snapshot:
        """Return the snapshot once it differs from ``seen``, or after ``seconds``."""
        with self._news:
            self._news.wait_for(lambda: self._snapshot is not seen, seconds)
        return self._snapshot

    def watch(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` in the worker's thread after every change."""
        with self._news:
            self._watchers.append(callback)

    def _swap(self, **changes: Any) -> None:
        with self._news:
            self._snapshot = replace(self._snapshot, **changes)
            self._news.notify_all()
            watchers = list(self._watchers)
        for callback in watchers:
            callback()

    def _do(self, work: Callable[["Task"], Any]) -> None:
        try:
            self.began = time.monotonic()
            self._swap(state="running")
            work(self)
        except Superseded:
            self._swap(state="cancelled")
        except Exception as error:  # noqa: BLE001 — reported through the snapshot
            self._swap(state="failed", error=error)
        else:
            self._swap(state="done")


class Tasks:
    """The tasks of all clients.  One subject has one task; a client's new task replaces its older ones."""

    def __init__(self, runs: Runs):
        self.runs = runs
        self._tasks: dict[Hashable, Task] = {}
        self._lock = threading.Lock()

    def ask(
        self,
        client: str,
        subject: Hashable,
        work: Callable[[Task], Any],
        long: bool = False,
        token: object = None,
        present: Callable[[], bool] | None = None,
        turn: Hashable | None = None,
    ) -> Task:
        """Return the task of ``subject``, started now unless it is running.  Raises Busy when there is no room.

        ``work(task)`` runs in the pool.  A task without clients is cancelled between two steps.  A client that may ask
        twice for one subject passes a ``token`` per request, for ``leave``.  For readers without an open request,
        ``present()`` tells whether they are still connected.  Tasks of one ``turn`` run one after another.
        """
        with self._lock:
            for other in list(self._tasks.values()):
                if other.subject != subject:
                    for older in [each for each, name in other.waiting.items() if name == client]:
                        self._leave(older, other)
            task = self._tasks.get(subject)
            if task is None or task.job.cancelled or task.snapshot.ended:
                task = Task(subject)
                task.job = self.runs.submit(
                    f"task {id(task)}", lambda _: self._work(task, work), long=long, subject=turn
                )
                self._tasks[subject] = task
            task.waiting[client if token is None else token] = client
            if present:
                task.readers[client if token is None else token] = present
            return task

    def join(self, token: object, task: Task, present: Callable[[], bool] | None = None) -> bool:
        """Add a reader to ``task``; return False if it was cancelled or has ended."""
        with self._lock:
            if task.job.cancelled or task.snapshot.ended:
                return False
            task.waiting[token] = str(token)
            if present:
                task.readers[token] = present
            return True

    def leave(self, token: object, task: Task) -> None:
        """Remove a request from ``task``; without a token, by the client's name."""
        with self._lock:
            self._leave(token, task)

    def place(self, task: Task) -> int:
        """Return the place in the queue, from 1; 0 for running and finished tasks."""
        return self.runs.position(task.job)

    def _leave(self, token: object, task: Task) -> None:
        task.waiting.pop(token, None)
        task.readers.pop(token, None)
        for gone in [each for each, there in task.readers.items() if not there()]:
            task.waiting.pop(gone, None)  # requests left behind by a reload
        if task.waiting:
            return
        task.cancel()
        if self._tasks.get(task.subject) is task:
            del self._tasks[task.subject]
        if task.snapshot.state == "queued":
            task._swap(state="cancelled")

    def _work(self, task: Task, work: Callable[[Task], Any]) -> None:
        with self._lock:
            pass  # wait until ``ask`` has set the job
        task._do(work)
        with self._lock:
            if self._tasks.get(task.subject) is task:
                del self._tasks[task.subject]
