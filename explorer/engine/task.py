"""One piece of work, observed through immutable snapshots."""

import threading
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, replace
from typing import Any, Literal

__all__ = ["Snapshot", "Superseded", "Task"]

ABSENT_SECONDS = 5.0
"""grace period for a disconnected reader, such as a reconnecting browser, before their work is cancelled"""

State = Literal["queued", "running", "partial", "done", "failed", "cancelled"]


class Superseded(Exception):
    """The task was cancelled, or no reader waits for it any more."""


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
    """Work of one ``subject``: the worker publishes; any number of threads and event loops watch ``snapshot``.

    Tasks of one ``turn`` run one after another.  ``long`` work takes more than a few forwards.  A program without a
    pool runs its work itself and passes a task along, as the place of its notes.
    """

    def __init__(
        self,
        subject: Hashable,
        work: Callable[["Task"], Any] = lambda task: None,
        long: bool = False,
        turn: Hashable | None = None,
    ):
        self.subject, self.long, self._work = subject, long, work
        self.turn = self if turn is None else turn
        self.waiting: dict[object, str] = {}
        """request token → name of the waiting client"""
        self.readers: dict[object, Callable[[], bool]] = {}
        """token → presence check, for readers without an open request"""
        self.began: float | None = None
        """when the task left the queue, in monotonic seconds"""
        self._absent_since: float | None = None
        self._cancelled = threading.Event()
        self._snapshot = Snapshot()
        self._news = threading.Condition()
        self._watchers: list[Callable[[], None]] = []

    @property
    def snapshot(self) -> Snapshot:
        return self._snapshot

    @property
    def note(self) -> str:
        return self._snapshot.note

    @note.setter
    def note(self, text: str) -> None:
        self._swap(note=text)

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """Let the next ``check`` end the work; no effect after its end."""
        self._cancelled.set()

    def check(self, *_: Any) -> None:
        """Raise Superseded if the task is cancelled, or all its readers have been away for some seconds.

        Arguments of callbacks are ignored.
        """
        if self.cancelled:
            raise Superseded(self.subject)
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

    def wait(self, seen: Snapshot, seconds: float) -> Snapshot:
        """Return the snapshot once it differs from ``seen``, or after ``seconds``."""
        with self._news:
            self._news.wait_for(lambda: self._snapshot is not seen, seconds)
        return self._snapshot

    def watch(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` in the worker's thread after every change."""
        with self._news:
            self._watchers.append(callback)

    def run(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Run the work in this thread; the task has ended afterwards in every case."""
        try:
            if self.cancelled:
                raise Superseded(self.subject)
            prepare()
            self.began = time.monotonic()
            self._swap(state="running")
            self._work(self)
        except Superseded:
            ending: dict[str, Any] = {"state": "cancelled"}
        except Exception as error:  # noqa: BLE001 — reported through the snapshot
            ending = {"state": "failed", "error": error}
        else:
            ending = {"state": "done"}
        # Release what the closure refers to: perhaps a model that was evicted in the meantime.
        del self._work
        self._swap(**ending)

    def _swap(self, **changes: Any) -> None:
        with self._news:
            self._snapshot = replace(self._snapshot, **changes)
            self._news.notify_all()
            watchers = list(self._watchers)
        for callback in watchers:
            callback()
