"""Measurements that come with the app, so that Speed and Training open full: dated, with machine and settings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from explorer.locale.language import tr

__all__ = ["FOLDER", "Example", "example"]

FOLDER = Path(__file__).parents[1] / "examples"


@dataclass(frozen=True)
class Example:
    """One stored measurement."""

    date: str
    """YYYY-MM-DD, UTC"""
    load: float
    """processes that wanted a core, mean over the minute before it began"""
    machine: Mapping[str, Any]
    setting: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    tested: Sequence[Mapping[str, Any]] = ()
    """of a training: accuracy by the r of training and of the test"""

    @property
    def caption(self) -> str:
        """What the measurement has to be read with."""
        facts = {**self.machine, **self.setting}
        told = " · ".join(f"{name.replace('_', ' ')} {value}" for name, value in facts.items())
        return tr(
            "Example of {date}, not measured on this server: {facts}; load of that machine before {load}.",
            date=self.date, facts=told, load=self.load,
        )  # fmt: skip


@cache
def example(name: str) -> Example:
    """Return the stored measurement ``name``, one of NAMES."""
    return Example(**json.loads((FOLDER / f"{name}.json").read_text()))
