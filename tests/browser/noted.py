"""What a measuring command finds out: a line on screen and, with ``--csv FILE``, a record in a file."""

# ruff: noqa: T201 — a command prints

import csv
import os
import sys
from pathlib import Path

__all__ = ["arguments", "line"]

_files: list[Path] = []


def arguments() -> list[str]:
    """Return the arguments of this command without ``--csv FILE``; ``line`` writes to that file from now on."""
    given = sys.argv[1:]
    if "--csv" in given:
        at = given.index("--csv")
        _, name = given[at : at + 2]
        del given[at : at + 2]
        _files[:] = [Path(name)]
        _write("w", "what", "target", "measured", "load")
    return given


def line(what: str, target: str, measured: object) -> None:
    """Print what was measured beside its target, and write it with the load average of the last minute."""
    print(f"{what:<52} {target:<14} {measured}", flush=True)
    _write("a", what, target, measured, f"{os.getloadavg()[0]:.1f}")


def _write(mode: str, *values: object) -> None:
    for path in _files:
        with path.open(mode, newline="") as file:
            csv.writer(file, lineterminator="\n").writerow(values)
