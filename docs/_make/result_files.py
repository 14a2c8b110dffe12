"""The files of results in docs/results/data, written by the commands named beside the tables."""

import csv
from collections.abc import Iterator
from pathlib import Path

__all__ = ["DATA", "Record", "files", "quartiles", "records"]

DATA = Path(__file__).parents[1] / "results" / "data"
Record = dict[str, str]


def records(name: str) -> list[Record]:
    """Return the records of a file under docs/results/data."""
    with (DATA / f"{name}.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def quartiles(found: Record, name: str, digits: int) -> str:
    """Return a median with its quartiles."""
    median, low, high = (f"{float(found[name + end]):.{digits}f}" for end in ("", "_low", "_high"))
    return f"{median} ({low}–{high})"


def files() -> Iterator[str]:
    """Return the names of all files under docs/results/data."""
    yield from (path.stem for path in sorted(DATA.glob("*.csv")))
