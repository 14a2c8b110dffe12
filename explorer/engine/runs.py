"""A bounded pool for forwards: at most one per core; a session's newest job replaces its older ones."""

import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

from explorer.memory.guard import Busy

__all__ = ["Job", "Runs", "Superseded"]


class Superseded(Exception):
    """The session has submitted a newer job, so the result is no longer needed."""


class Job:
    """One piece of work for one session.  ``work(job)`` may call ``job.check()`` between its steps."""

    def __init__(self, session: str, work: Callable[["Job"], Any], long: bool = False, subject: Hashable | None = None):
        self.session, self.long, self._work = session, long, work
        self.subject = self if subject is None else subject
        self._done, self._cancelled = threading.Event(), threading.Event()
        self._answer: Any = None
        self._error: BaseException | None = None
        self.note = ""
        """progress message for waiting readers"""

    def check(self, *_: Any) -> None:
        """Raise Superseded if the job was cancelled.  Arguments of callbacks are ignored."""
        if self._cancelled.is_set():
            raise Superseded(self.session)

    def cancel(self) -> None:
        """Cancel the job; no effect after its end."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        return self._cancelled.is_set()

    def wait(self, seconds: float) -> bool:
        """Return whether the job has ended, after waiting at most ``seconds``."""
        return self._done.wait(seconds)

    def result(self) -> Any:
        """Wait for the end; return the result or raise the exception of the work."""
        self._done.wait()
        if self._error is not None:
            raise self._error
        return self._answer

    def run(self, prepare: Callable[[], None] = lambda: None) -> None:
        """Run the work in this thread; the job has ended afterwards in every case."""
        try:
            self.check()
            prepare()
            self._answer = self._work(self)
        except Exception as error:  # noqa: BLE001 — raised again where the result is read
            self._error = error
        finally:
            # Release what the closure refers to: perhaps a model that was evicted in the meantime.
            del self._work
            self._done.set()


class Runs:
    """Workers for jobs of many sessions.  A new job cancels the session's older ones, waiting or running.

    One worker is persistent; extra workers are spawned per job.  With the idle threads of a second worker's OpenMP
    team, libgomp counts more threads than cores and puts the first team to sleep after every operation: a forward was
    measured to take 1.4 to 1.8 times as long.

    ``refusal`` returns the reason why new work is refused at the moment, or "".
    """

    def __init__(
        self,
        workers: int | None = None,
        waiting: int = 64,
        set_threads: Callable[[int], None] = lambda count: None,
        refusal: Callable[[], str] = lambda: "",
    ):
        self.cores = os.cpu_count() or 1
        self.workers, self.limit = workers or self.cores, waiting
        self._set_threads, self._refusal = set_threads, refusal
        self._queue: deque[Job] = deque()
        self._running: set[Job] = set()
        self._stays: Job | None = None
        """job of the persistent worker"""
        self._wake = threading.Condition()
        threading.Thread(target=self._serve, name="run", daemon=True).start()

    def submit(
        self, session: str, work: Callable[[Job], Any], long: bool = False, subject: Hashable | None = None
    ) -> Job:
        """Queue ``work`` as the newest job of ``session``.  Raises Busy when there is no room.

        ``long`` work, of more than a few forwards, leaves at least one worker to the others.  Jobs of one ``subject``
        take turns and count as one for room and place: the later ones find the first one's result in the cache.
        """
        job = Job(session, work, long, subject)
        with self._wake:
            for older in [*self._queue, *self._running]:
                if older.session == session:
                    older.cancel()
            self._drop_cancelled()
            waiting = {other.subject for other in self._queue}
            if len(waiting | {job.subject}) > self.limit:
                raise Busy(f"{len(waiting)} runs are waiting already. Please try again in a moment.")
            if refusal := self._refusal():
                raise Busy(refusal)
            self._queue.append(job)
            self._assign()
        return job

    def position(self, job: Job) -> int:
        """Return the place in the queue, from 1; 0 for running and finished jobs."""
        with self._wake:
            waiting = [other for other in self._queue if not other.cancelled]
            if job not in waiting:
                return 0
            return len({other.subject for other in waiting[: waiting.index(job) + 1]})

    def crowd(self) -> int:
        """Return the number of waiting and running jobs."""
        with self._wake:
            return len(self._queue) + len(self._running)

    def _drop_cancelled(self) -> None:
        # A cancelled job in the queue takes no worker: running it only records Superseded.
        for job in [job for job in self._queue if job.cancelled]:
            self._queue.remove(job)
            job.run()

    def _next(self) -> Job | None:
        crowded = sum(job.long for job in self._running) >= max(1, self.workers - 1)
        taken = {job.subject for job in self._running}
        free = (job for job in self._queue if not (job.long and crowded) and job.subject not in taken)
        return next(free, None)

    def _assign(self) -> None:
        # Caller holds the lock.
        while len(self._running) < self.workers and not self._ending() and (job := self._next()):
            self._queue.remove(job)
            self._running.add(job)
            if self._stays is None:
                self._stays = job
                self._wake.notify()
            else:
                threading.Thread(target=self._do, args=(job,), name="run-too", daemon=True).start()

    def _ending(self) -> bool:
        # The only running job is cancelled and ends with its current block: the next one then gets all cores.
        return self._running == {self._stays} and self._stays.cancelled and not self._stays.long

    def _serve(self) -> None:
        while True:
            with self._wake:
                self._wake.wait_for(lambda: self._stays)
                job = self._stays
            self._do(job)
            del job  # or its result would live until the next job

    def _do(self, job: Job) -> None:
        with self._wake:
            wanted = {other.subject for other in [*self._running, *self._queue] if not other.cancelled}
            threads = max(1, self.cores // len(wanted | {job.subject}))
        # A single job gets every core, parallel jobs one each: measured 60 % faster in total.
        job.run(partial(self._set_threads, threads))
        with self._wake:
            self._running.discard(job)
            if self._stays is job:
                self._stays = None
            self._assign()
