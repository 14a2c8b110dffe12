"""The tasks of all clients, in a bounded pool."""

import os
import threading
from collections import deque
from collections.abc import Callable, Hashable
from functools import partial
from typing import Any

from explorer.engine.task import Task
from explorer.memory.guard import Busy

__all__ = ["Tasks"]


class Tasks:
    """One subject has one task, a client's new task replaces its older ones, and at most one task per core runs.

    One worker is persistent; extra workers are spawned per task.  With the idle threads of a second worker's OpenMP
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
        self._tasks: dict[Hashable, Task] = {}
        """queued and running ones by subject, without those that all clients have left"""
        self._queue: deque[Task] = deque()
        self._running: set[Task] = set()
        self._stays: Task | None = None
        """task of the persistent worker"""
        self._lock = threading.Condition()
        threading.Thread(target=self._serve, name="run", daemon=True).start()

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
        """Return the task of ``subject``, queued now unless it is under way.  Raises Busy when there is no room.

        A task without clients is cancelled between two steps.  A client that may ask twice for one subject passes a
        ``token`` per request, for ``leave``.  For readers without an open request, ``present()`` tells whether they are
        still connected.  ``long`` work leaves at least one worker to the others.  Tasks of one ``turn`` run one after
        another and count as one for room and place: the later ones find the first one's result in the cache.
        """
        with self._lock:
            for other in list(self._tasks.values()):
                if other.subject != subject:
                    for older in [each for each, name in other.waiting.items() if name == client]:
                        self._leave(older, other)
            task = self._tasks.get(subject)
            if task is None or task.cancelled or task.snapshot.ended:
                task = Task(subject, work, long, turn)
                self._check_room(task)
                self._tasks[subject] = task
                self._queue.append(task)
            _add(client if token is None else token, client, task, present)
            self._assign()
            return task

    def join(self, token: object, task: Task, present: Callable[[], bool] | None = None) -> bool:
        """Add a reader to ``task``; return False if it was cancelled or has ended."""
        with self._lock:
            if task.cancelled or task.snapshot.ended:
                return False
            _add(token, str(token), task, present)
            return True

    def leave(self, token: object, task: Task) -> None:
        """Remove a request from ``task``; without a token, by the client's name."""
        with self._lock:
            self._leave(token, task)

    def place(self, task: Task) -> int:
        """Return the place in the queue, from 1; 0 for running and finished tasks."""
        with self._lock:
            waiting = list(self._queue)
            return len({other.turn for other in waiting[: waiting.index(task) + 1]}) if task in waiting else 0

    def _leave(self, token: object, task: Task) -> None:
        task.waiting.pop(token, None)
        task.readers.pop(token, None)
        for gone in [each for each, there in task.readers.items() if not there()]:
            task.waiting.pop(gone, None)  # requests left behind by a reload
        if task.waiting:
            return
        task.cancel()
        self._forget(task)
        if task in self._queue:
            self._queue.remove(task)
            task.run()  # takes no worker: it only records that it was cancelled

    def _forget(self, task: Task) -> None:
        if self._tasks.get(task.subject) is task:
            del self._tasks[task.subject]

    def _check_room(self, task: Task) -> None:
        waiting = {other.turn for other in self._queue}
        if len(waiting | {task.turn}) > self.limit:
            raise Busy(f"{len(waiting)} runs are waiting already. Please try again in a moment.")
        if refusal := self._refusal():
            raise Busy(refusal)

    def _next(self) -> Task | None:
        crowded = sum(task.long for task in self._running) >= max(1, self.workers - 1)
        taken = {task.turn for task in self._running}
        free = (task for task in self._queue if not (task.long and crowded) and task.turn not in taken)
        return next(free, None)

    def _assign(self) -> None:
        while len(self._running) < self.workers and not self._ending() and (task := self._next()):
            self._queue.remove(task)
            self._running.add(task)
            if self._stays is None:
                self._stays = task
                self._lock.notify()
            else:
                threading.Thread(target=self._do, args=(task,), name="run-too", daemon=True).start()

    def _ending(self) -> bool:
        # The only running task is cancelled and ends with its current block: the next one then gets all cores.
        return self._running == {self._stays} and self._stays.cancelled and not self._stays.long

    def _serve(self) -> None:
        while True:
            with self._lock:
                self._lock.wait_for(lambda: self._stays)
                task = self._stays
            self._do(task)
            del task  # or its result would live until the next task

    def _do(self, task: Task) -> None:
        with self._lock:
            wanted = {other.turn for other in [*self._running, *self._queue] if not other.cancelled}
            threads = max(1, self.cores // len(wanted | {task.turn}))
        # A single task gets every core, parallel tasks one each: measured 60 % faster in total.
        task.run(partial(self._set_threads, threads))
        with self._lock:
            self._forget(task)
            self._running.discard(task)
            if self._stays is task:
                self._stays = None
            self._assign()


def _add(token: object, client: str, task: Task, present: Callable[[], bool] | None) -> None:
    task.waiting[token] = client
    if present:
        task.readers[token] = present
