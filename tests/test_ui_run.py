"""From choices to an outcome: who asks for the same waits for the same, and looks round now and then."""

import threading
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from explorer.core.runs import Runs
from explorer.ui import cache, run, state


@pytest.mark.parametrize(("crowd", "seconds"), [(0, 0.02), (1, 0.02), (4, 0.08), (100, 0.5)])
def test_the_more_jobs_there_are_the_less_often_each_script_looks_round(monkeypatch, crowd, seconds):
    monkeypatch.setattr(Runs, "crowd", lambda _: crowd)
    assert run.pause(0.02) == pytest.approx(seconds)


def test_a_hall_that_opens_one_link_has_it_computed_once(monkeypatch):
    runs, shelf, together, ran = Runs(workers=2), cache.Shelf(entries=4, megabytes=1), threading.Barrier(12), []
    monkeypatch.setattr(cache, "engine", lambda: SimpleNamespace(runs=runs))
    monkeypatch.setattr(cache, "outcomes", lambda: shelf)
    monkeypatch.setattr(state, "session", lambda: threading.current_thread().name)

    def work(job):
        ran.append(job.session)
        job.wait(0.05)  # long enough for the others to come
        return SimpleNamespace(nbytes=1)

    def student(_):
        together.wait(10)
        return run.pooled("the dog at r = 16", work)

    with ThreadPoolExecutor(12) as hall:
        answers = list(hall.map(student, range(12)))
    assert len(ran) == 1
    assert len({id(answer) for answer in answers}) == 1
