"""Measurements of one server: in turn, found again, shared."""

import threading

import pytest
from waiting import ended

from explorer.engine.measurements import MOST_WAITING, Measurements
from explorer.engine.tasks import Tasks
from explorer.memory.guard import Busy


@pytest.fixture
def tasks():
    return Tasks(workers=4)


@pytest.fixture
def gate():
    """What work waits for before its next step."""
    event = threading.Event()
    yield event
    event.set()


def held(gate, order=None, name=""):
    def work(task, tell):
        if order is not None:
            order.append(name)
        tell(name)
        while not gate.wait(0.01):
            task.check()

    return work


def begun(known):
    """Wait until a measurement has told something."""
    while not known.task.snapshot.results:
        assert not ended(known.task, 0.01)


def test_measurements_of_one_reader_take_turns_and_none_is_cancelled(tasks, gate):
    every, order = Measurements(tasks), []
    first, second = (every.start("ada", name, 1, "steps", held(gate, order, name)) for name in "ab")
    begun(first)
    assert (first.running, second.running, tasks.place(second.task)) == (True, True, 1)
    assert order == ["a"]
    gate.set()
    assert ended(second.task, 10)
    assert order == ["a", "b"]
    assert {first.task.snapshot.state, second.task.snapshot.state} == {"done"}


def test_a_page_that_is_loaded_again_finds_what_runs_and_keeps_it_alive(tasks, gate, monkeypatch):
    every, there = Measurements(tasks), {"old": True}
    monkeypatch.setattr("explorer.engine.task.ABSENT_SECONDS", 0.2)
    running = every.start("old", "a", 1, "steps", held(gate), lambda: there["old"])
    begun(running)
    there["old"] = False
    assert every.find("new", "a", lambda: True) is running
    assert not ended(running.task, 0.6), "its old page is gone for longer than a reader may be away"
    monkeypatch.setattr("explorer.engine.task.ABSENT_SECONDS", 60)
    every.stop("new", running)
    assert ended(running.task, 10), "the page that is gone waits for nothing"
    assert every.find("new", "a") is None


def test_two_readers_of_one_subject_share_its_measurement_and_one_may_leave(tasks, gate):
    every = Measurements(tasks)
    one = every.start("ada", "a", 1, "steps", held(gate), lambda: True)
    assert every.start("bob", "a", 1, "steps", held(gate), lambda: True) is one
    begun(one)
    every.stop("ada", one)
    assert one.running
    gate.set()
    assert ended(one.task, 10)
    assert every.find("cy", "a") is one, "what is done is found by whoever comes later, with its date and load"
    assert one.asked.tzinfo is not None
    assert one.load >= 0


def test_a_fifth_measurement_of_one_reader_is_refused(tasks, gate):
    every = Measurements(tasks)
    for name in range(MOST_WAITING):
        every.start("ada", name, 1, "steps", held(gate))
    with pytest.raises(Busy, match="already have 4 measurements"):
        every.start("ada", "one more", 1, "steps", held(gate))
    every.start("bob", "one more", 1, "steps", held(gate))
    every.stop_all("ada")


def test_a_stopped_or_failed_measurement_starts_again(tasks, gate):
    every = Measurements(tasks)

    def breaks(task, tell):
        raise ZeroDivisionError("by design")

    failed = every.start("ada", "a", 1, "steps", breaks)
    assert ended(failed.task, 10)
    assert every.find("ada", "a") is None
    stopped = every.start("ada", "a", 1, "steps", held(gate))
    every.stop("ada", stopped)
    assert ended(stopped.task, 10)
    assert every.start("ada", "a", 1, "steps", held(gate)) is not stopped
    every.stop_all("ada")
