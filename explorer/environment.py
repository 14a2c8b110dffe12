"""The settings of an operator in the environment, checked together before the server starts."""

import re
from collections.abc import Mapping
from pathlib import Path

from explorer.engine.hf import is_id
from explorer.memory.guard import MEGABYTES

__all__ = ["check", "unknown"]

START = "TOME_EXPLORER_"


def _memory(value: str) -> str:
    return "" if MEGABYTES.fullmatch(value) else "must be a whole number of MB from 1"


def _log(value: str) -> str:
    return "" if value == "json" else "must be json or empty"


def _process(value: str) -> str:
    return "" if re.fullmatch("[a-z0-9]{1,16}", value) else "must be up to 16 lower-case letters and digits"


def _checkpoints(value: str) -> str:
    return "" if Path(value).is_dir() else "must be a folder"


def _hf(value: str) -> str:
    named = filter(None, map(str.strip, value.split(",")))
    return "" if all(map(is_id, named)) else "must be ids such as owner/name, separated by commas"


RULES = {"MEMORY": _memory, "LOG": _log, "PROCESS": _process, "CHECKPOINTS": _checkpoints, "HF": _hf}
"""name → the rule that a value breaks, "" if none; an empty value is none"""


def check(environ: Mapping[str, str]) -> None:
    """Raise ValueError, naming the variable, the rule and what came, for the first wrong setting."""
    for name, broken in RULES.items():
        value = environ.get(START + name, "")
        if value and (rule := broken(value)):
            raise ValueError(f"{START}{name} {rule}; got {value[:80]!r}")


def unknown(environ: Mapping[str, str]) -> list[str]:
    """Return a sentence for each variable that begins as a setting and is none."""
    known = ", ".join(START + name for name in RULES)
    others = sorted(name for name in environ if name.startswith(START) and name.removeprefix(START) not in RULES)
    return [f"{name} is not a setting and is ignored; these are: {known}." for name in others]
