"""Parse the arguments of a command.  Light imports only."""

import argparse
from collections.abc import Callable
from math import nan
from typing import Any, NoReturn

__all__ = ["Parser", "number", "whole"]


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help with paragraphs as they are, and the default of each option with a value."""

    def _get_help_string(self, action: argparse.Action) -> str:
        text = action.help or ""
        silent = not action.option_strings or action.nargs == 0 or action.default in (None, "", argparse.SUPPRESS)
        if silent or "default" in text:
            return text
        values = action.default if isinstance(action.default, list) else [action.default]
        return f"{text} (default: {' '.join(map(str, values))})".replace("%", "%%")


class Parser(argparse.ArgumentParser):
    """A parser with one-sentence errors, without the usage text, and with defaults in its help."""

    def __init__(self, **named: Any):
        super().__init__(**{"formatter_class": _Help, **named})

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}\n")


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return an argument type: a whole number from ``low`` to ``high``."""

    def number(text: str) -> int:
        if not text.removeprefix("-").isdecimal() or len(text) > 20 or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}; got {text[:40]!r}")
        return int(text)

    return number


def number(low: float, high: float) -> Callable[[str], float]:
    """Return an argument type: a number from ``low`` to ``high``."""

    def parsed(text: str) -> float:
        try:
            value = float(text)
        except ValueError:
            value = nan
        if not low <= value <= high:
            raise argparse.ArgumentTypeError(f"must be a number from {low:g} to {high:g}; got {text[:40]!r}")
        return value

    return parsed
