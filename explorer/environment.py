"""The settings of an operator in the environment, checked together before the server starts."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from explorer.engine.hf import is_id
from explorer.memory.guard import MEGABYTES

__all__ = ["check", "unknown"]

START = "TOME_EXPLORER_"


def _are_ids(value: str) -> bool:
    return all(map(is_id, filter(None, map(str.strip, value.split(",")))))


RULES: dict[str, tuple[Callable[[str], object], str]] = {
    "MEMORY": (MEGABYTES.fullmatch, "must be a whole number of MB from 1"),
    "LOG": ("json".__eq__, "must be json or empty"),
    "PROCESS": (re.compile("[a-z0-9]{1,16}").fullmatch, "must be up to 16 lower-case letters and digits"),
    "CHECKPOINTS": (lambda value: Path(value).is_dir(), "must be a folder"),
    "HF": (_are_ids, "must be ids such as owner/name, separated by commas"),
}
"""name → whether a value is right, and the rule; an empty value is none"""


def check(environ: Mapping[str, str]) -> None:
    """Raise ValueError, naming the variable, the rule and what came, for the first wrong setting."""
    for name, (right, rule) in RULES.items():
        value = environ.get(START + name, "")
        if value and not right(value):
            raise ValueError(f"{START}{name} {rule}; got {value[:80]!r}")


def unknown(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that begins as a setting and is none."""
    known = ", ".join(START + name for name in RULES)
    others = sorted(name for name in environ if name.startswith(START) and name.removeprefix(START) not in RULES)
    return [f"{name} is not a setting and is ignored; these are: {known}." for name in others]
