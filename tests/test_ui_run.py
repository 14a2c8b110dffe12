"""Waiting for the pool: how often a script looks round."""

import pytest

from explorer.core.runs import Runs
from explorer.ui import run


@pytest.mark.parametrize(("crowd", "seconds"), [(0, 0.02), (1, 0.02), (4, 0.08), (100, 0.5)])
def test_the_more_jobs_there_are_the_less_often_each_script_looks_round(monkeypatch, crowd, seconds):
    monkeypatch.setattr(Runs, "crowd", lambda _: crowd)
    assert run.pause(0.02) == pytest.approx(seconds)
