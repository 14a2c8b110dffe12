"""Measurements as flat records, for CSV and JSON."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from explorer.engine.choices import schedule_name
from tome.schedule import R

if TYPE_CHECKING:
    from explorer.measuring.points import Point

__all__ = ["as_csv", "file_name", "likeness", "mean_r", "rate_in_name", "rows", "untimed", "without_likeness"]

TIMED = ("images_per_second", "speed_up")
ENDS = {"": "median", "_low": "low", "_high": "high"}
"""suffix of a column of times → field of Spread"""
LIKENESS = {"class_cosine": "Class cosine", "patch_cosine": "Patch cosine"}
"""column of a fidelity measure → its name"""
FORMULA = ("=", "+", "-", "@", "\t", "\r")


def rows(found: "Sequence[Point]") -> list[dict[str, object]]:
    """Return each Point as one flat record."""
    return [
        {
            "r": mean_r(point.config.r), "schedule": schedule_name(point.config.r),
            "algorithm": point.config.algorithm, **_numbers(point),
        }
        for point in found
    ]  # fmt: skip


def likeness(records: Sequence[Mapping[str, object]]) -> tuple[str, str] | None:
    """Return the name of the fidelity measure of these records, and its column; None if they have none."""
    return next(((name, column) for column, name in LIKENESS.items() if records[0][column] is not None), None)


def without_likeness(records: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return records without likeness to the plain run, for random weights: there it says nothing of trained ones."""
    return [{**record, **dict.fromkeys(LIKENESS)} for record in records]


def untimed(records: Sequence[Mapping[str, object]]) -> list[dict[str, object]]:
    """Return records without times, for a busy machine."""
    times = dict.fromkeys(f"{name}{end}" for name in TIMED for end in ENDS)
    return [{**record, **times} for record in records]


def mean_r(r: R) -> int:
    """Return the tokens merged per layer on average, as the app's slider sets them: ``r`` without its schedule."""
    return r if isinstance(r, int) else r[0]


def _numbers(point: "Point") -> dict[str, object]:
    spreads = dict(zip(TIMED, (point.throughput, point.speed_up), strict=True))
    return {
        "tokens": point.tokens,
        "gflops": point.gflops,
        "predicted": point.predicted,
        "class_cosine": point.near.class_cosine,
        "patch_cosine": point.near.patch_cosine,
        **{
            f"{name}{end}": spread and getattr(spread, field)
            for name, spread in spreads.items()
            for end, field in ENDS.items()
        },
    }


def as_csv(records: Sequence[Mapping[str, object]]) -> str:
    """Return records with equal columns as CSV.

    Texts that a spreadsheet would read as a formula are prefixed with a quote.
    """
    text = io.StringIO(newline="")
    table = csv.DictWriter(text, list(records[0]), lineterminator="\n")
    table.writeheader()
    table.writerows({name: _no_formula(value) for name, value in record.items()} for record in records)
    return text.getvalue()


def _no_formula(value: object) -> object:
    return "'" + value if isinstance(value, str) and value.startswith(FORMULA) else value


def rate_in_name(r: R) -> str:
    """Return r for a file name: r16, r16-decreasing."""
    if isinstance(r, int):
        return f"r{r}"
    return f"r{r[0]:g}-{'decreasing' if schedule_name(r) == 'decreasing' else 'schedule'}"


def file_name(subject: str, records: Sequence[Mapping[str, object]], ending: str) -> str:
    """Return a file name with the first ten digits of the SHA-256 of the records."""
    digest = hashlib.sha256(json.dumps(records, sort_keys=True).encode()).hexdigest()
    return f"tome-{subject}-{digest[:10]}.{ending}"
