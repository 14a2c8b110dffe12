"""From choices to a result: who asks for the same waits for the same, and who leaves takes the task along."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from waiting import ended

from explorer.engine.tasks import Tasks
from explorer.memory.shelf import Shelf
from explorer.records.service import service
from explorer.shell import run


@pytest.fixture
def tasks(monkeypatch):
    fresh = Tasks(workers=2)
    monkeypatch.setattr(service(), "tasks", fresh)
    monkeypatch.setattr(service(), "results", Shelf(megabytes=1))
    return fresh


def test_a_link_opened_by_a_whole_class_is_computed_once(tasks, monkeypatch):
    together, ran = threading.Barrier(12), []
    monkeypatch.setattr(run, "session", lambda: SimpleNamespace(client=threading.current_thread().name))

    def work(task):
        ran.append(task.subject)
        ended(task, 0.05)  # long enough for the others to come
        return SimpleNamespace(nbytes=1)

    def student(_):
        together.wait(10)
        return run.pooled("the dog at r = 16", work)

    with ThreadPoolExecutor(12) as hall:
        answers = list(hall.map(student, range(12)))
    assert len(ran) == 1
    assert len({id(answer) for answer in answers}) == 1


def test_a_reader_who_leaves_cancels_the_task(tasks, monkeypatch):
    class Stopped(BaseException):
        pass

    started, asked, ended = threading.Event(), [], threading.Event()

    def work(task):
        started.set()
        try:
            while True:
                task.check()
        finally:
            ended.set()

    def session():
        if not asked:
            asked.append(SimpleNamespace(client="ada"))
            return asked[0]
        assert started.wait(10)
        raise Stopped

    monkeypatch.setattr(run, "session", session)
    with pytest.raises(Stopped):
        run.pooled("a subject that no shelf knows", work)
    assert ended.wait(10)


class Reader:
    """Who looks at a measurement, and a clock."""

    there, seconds = True, 0.0

    def monotonic(self) -> float:
        return self.seconds


@pytest.fixture
def watched(tasks, monkeypatch):
    """A long task of one reader, and what lets it take its next step."""
    reader, step, stepped = Reader(), threading.Semaphore(0), threading.Semaphore(0)
    monkeypatch.setattr("explorer.engine.task.time", reader)

    def work(task):
        while step.acquire(timeout=10):
            task.check()
            stepped.release()

    def go_on(there: bool, seconds: float) -> None:
        reader.there, reader.seconds = there, reader.seconds + seconds
        step.release()

    task = tasks.ask("ada", "a measurement", work, long=True, present=lambda: reader.there)
    yield task, go_on, lambda: stepped.acquire(timeout=10)
    tasks.leave("ada", task)
    step.release()


def test_a_measurement_ends_some_seconds_after_its_reader_has_vanished(watched):
    task, go_on, stepped = watched
    for seconds in (1, 4):
        go_on(False, seconds)
        assert stepped()
    running = task.snapshot
    go_on(False, 2)
    assert task.wait(running, 10).state == "cancelled"


def test_a_measurement_survives_a_reader_who_reconnects(watched):
    task, go_on, stepped = watched
    for there in (True, False, True) * 5:
        go_on(there, 4)
        assert stepped()
    assert task.snapshot.state == "running"
