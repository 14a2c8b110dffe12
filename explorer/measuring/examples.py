"""Stored measurements for the first view of Speed, Training and Video: dated, with machine and settings."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from explorer.locale.language import mark, tr

__all__ = ["FOLDER", "Example", "example"]

FOLDER = Path(__file__).parents[1] / "examples"
FACTS = {
    "processor": mark("processor"), "cores": mark("cores"), "threads": mark("threads"), "system": mark("system"),
    "model": mark("model"), "image_size": mark("image size"), "batch": mark("batch"), "rounds": mark("rounds"),
    "epochs": mark("epochs"), "frames": mark("frames"), "python": "Python", "torch": "torch", "timm": "timm",
}  # fmt: skip
"""name of a fact of machine or setting → its label"""


@dataclass(frozen=True)
class Example:
    """One stored measurement."""

    date: str
    """YYYY-MM-DD, UTC"""
    load: float
    """load average of the minute before the start"""
    machine: Mapping[str, Any]
    setting: Mapping[str, Any]
    rows: Sequence[Mapping[str, Any]]
    tested: Sequence[Mapping[str, Any]] = ()
    """for trainings: accuracy by the r of training and test"""

    @property
    def caption(self) -> str:
        """Return the context of the measurement: date, machine, load, settings."""
        facts = {**self.machine, **self.setting}
        told = " · ".join(f"{tr(FACTS.get(name, name))} {tr(str(value))}" for name, value in facts.items())
        return tr(
            "Example of {date}, not measured on this server: {facts}; load average of that machine before the runs: {load}.",
            date=self.date, facts=told, load=self.load,
        )  # fmt: skip


@cache
def example(name: str) -> Example:
    """Return the stored measurement ``name``, one of NAMES."""
    return Example(**json.loads((FOLDER / f"{name}.json").read_text()))
