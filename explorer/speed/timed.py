"""The time of the chosen r: measured here, or in the stored example."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from explorer.engine.models import EMBEDDED
from explorer.locale.language import tr
from explorer.measuring.examples import example
from explorer.measuring.steady import busy
from explorer.shell.session import session
from explorer.shell.timing import ROUNDS, Setup, rounds_of
from tome.lab.measure import Spread

__all__ = ["Timed", "timed"]

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Timed:
    """Times over r, and the speed-up at the chosen one."""

    rows: Sequence[Row]
    """of one schedule, the unmerged run first"""
    spread: Spread | None
    """the speed-up at the chosen r; None if that r is not among the rows"""
    batch: int
    place: str
    """where it was measured, as part of a sentence"""
    noise: str
    """load and rounds, as a sentence"""

    def neighbours(self, r: int) -> tuple[Row, Row | None]:
        """Return the rows next to ``r`` on either side; None above the largest."""
        rows = sorted(self.rows, key=lambda row: row["r"])
        return [row for row in rows if row["r"] < r][-1], next((row for row in rows if row["r"] > r), None)


def timed(setup: Setup) -> Timed | None:
    """Return the times of this model and size: of this server, or the example's."""
    return _here(setup) or _stored(setup)


def _here(setup: Setup) -> Timed | None:
    known = session().measurements.get("over_r")
    if not known or known.subject[1][: len(setup.subject)] != setup.subject or not known.task.snapshot.results:
        return None
    told = list(known.task.snapshot.results)
    points = setup.points(told)
    if not points[0].throughput or busy(points[0].throughput):
        return None
    rows = _of_schedule(setup.rows(points), setup)
    if len(rows) < 2:
        return None
    noise = tr(
        "Bars are quartiles of {count} of {all} rounds; load average of the machine before them: {load:.1f}.",
        count=rounds_of(told), all=ROUNDS, load=known.load,
    )  # fmt: skip
    return Timed(rows, _at(rows, setup), setup.batch, tr("on this server"), noise)


def _stored(setup: Setup) -> Timed | None:
    stored = example("over_r")
    batch = stored.setting["batch"]
    if (setup.backbone.key, setup.side) != (EMBEDDED, stored.setting["image_size"]):
        return None
    rows = _of_schedule(stored.rows, setup)
    place = tr("in the example of {date}", date=stored.date)
    if batch != setup.batch:
        place = tr("in the example of {date}, which has batches of {batch}", date=stored.date, batch=batch)
    noise = tr(
        "Bars are quartiles of {rounds} rounds on a machine with {cores} cores; its load average before them: {load}.",
        rounds=stored.setting["rounds"], cores=stored.machine["cores"], load=stored.load,
    )  # fmt: skip
    return Timed(rows, _at(rows, setup), batch, place, noise)


def _of_schedule(rows: Sequence[Row], setup: Setup) -> list[Row]:
    schedule = "constant" if isinstance(setup.choices.r, int) else "decreasing"
    return [row for row in rows if row["schedule"] == schedule or row["r"] == 0]


def _at(rows: Sequence[Row], setup: Setup) -> Spread | None:
    chosen = next((row for row in rows if row["r"] == setup.rate), None)
    return chosen and Spread(chosen["speed_up"], chosen["speed_up_low"], chosen["speed_up_high"])
