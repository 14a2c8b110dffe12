"""Parse the arguments of a command.  Light imports only."""

import argparse
from collections.abc import Callable
from typing import NoReturn

__all__ = ["Parser", "whole"]


class Parser(argparse.ArgumentParser):
    """A parser with one-sentence errors, without the usage text."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{message}\n")


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return an argument type: a whole number from ``low`` to ``high``."""

    def number(text: str) -> int:
        if not text.removeprefix("-").isdecimal() or len(text) > 20 or not low <= int(text) <= high:
            raise argparse.ArgumentTypeError(f"must be a whole number from {low} to {high}; got {text[:40]!r}")
        return int(text)

    return number
