"""The measurements that come with the app."""

import csv
import re
from pathlib import Path

import pytest

from explorer.examples import make
from explorer.examples.make import NAMES, measure
from explorer.measuring.examples import example
from explorer.measuring.steady import busy
from tome.lab.measure import Spread


@pytest.mark.parametrize("name", NAMES)
def test_an_example_says_when_where_and_under_which_load_it_was_measured(name):
    stored = example(name)
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", stored.date)
    assert stored.rows
    for fact in (stored.date, stored.machine["processor"], stored.machine["torch"], str(stored.load)):
        assert fact in stored.caption


def test_the_labs_show_the_verdicts_of_the_published_table():
    published = csv.DictReader((Path(__file__).parents[2] / "docs/results/data/order.csv").read_text().splitlines())
    shown = [(str(row["r"]), row["claim"], row["verdict"]) for row in example("order").rows]
    assert shown == [(row["r"], row["claim"], row["verdict"]) for row in published]


@pytest.mark.parametrize("name", ["over_r", "algorithms"])
def test_an_example_obeys_the_rule_for_busy_machines(name):
    plain = example(name).rows[0]
    assert plain["r"] == 0
    spread = (plain["images_per_second"], plain["images_per_second_low"], plain["images_per_second_high"])
    assert not busy(Spread(*spread))


def test_a_busy_machine_gives_no_example(monkeypatch):
    monkeypatch.setattr(make, "TRIES", 2)
    tries = []

    def take():
        tries.append(1)
        return {"machine": {}, "setting": {}, "rows": [{}]}, Spread(1.5, 1.0, 2.0)

    monkeypatch.setitem(make._TAKE, "step", take)
    with pytest.raises(RuntimeError, match=r"too busy for the example step: Not measurable now"):
        measure("step")
    assert len(tries) == 2
