"""The tables of the commands' arguments, from the parsers with which they read their command lines."""

import argparse
from collections.abc import Iterator
from importlib import import_module
from unittest import mock

from tables import codes, table

__all__ = ["COMMANDS", "actions", "commands", "parser_of"]

COMMANDS = (
    "explorer.__main__",
    "tome.lab.benchmark.__main__",
    "tome.lab.evaluate.__main__",
    "tome.lab.evaluate.speech",
    "tome.lab.training.__main__",
    "tome.lab.frames",
    "tome.lab.text",
    "tome.lab.pooling",
    "tome.lab.models",
    "explorer.cli",
    "explorer.labs.order",
)
"""Modules whose ``main`` reads a command line."""


class _Reached(BaseException):
    """Raised in place of parsing the command line."""


def parser_of(module: str) -> argparse.ArgumentParser:
    """Return the argument parser of ``module``."""

    def stop(parser: argparse.ArgumentParser, *_: object) -> None:
        raise _Reached(parser)

    with mock.patch.object(argparse.ArgumentParser, "parse_known_args", stop):
        try:
            import_module(module).main([])
        except _Reached as reached:
            return reached.args[0]
    raise ValueError(f"{module} must read its command line with argparse")


def actions(parser: argparse.ArgumentParser) -> Iterator[argparse.Action]:
    """Return the arguments of ``parser``, those of its subcommands included, without --help."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for each in action.choices.values():
                yield from actions(each)
        elif not isinstance(action, argparse._HelpAction):
            yield action


def commands() -> str:
    """Return a section for each command: its purpose and a table of its arguments."""
    return "\n\n".join(_command(parser_of(module)) for module in COMMANDS)


def _command(parser: argparse.ArgumentParser) -> str:
    purpose = " ".join((parser.description or "").split("\n\n")[0].split())
    rows = [(_flag(action), _default(action), _help(action)) for action in actions(parser)]
    return f"## `{parser.prog}`\n\n{purpose}\n\n{table(('argument', 'default', 'meaning'), rows)}"


def _flag(action: argparse.Action) -> str:
    value = action.metavar or ("" if action.nargs == 0 else action.dest.upper())
    more = " …" if action.nargs in ("+", "*") else ""
    if not action.option_strings:
        return f"`{value or action.dest}{more}`"
    return f"`{' '.join([*action.option_strings, value]).strip()}{more}`"


def _default(action: argparse.Action) -> str:
    if action.required:
        return "required"
    if action.dest == "threads":
        return "torch's"  # depends on the machine
    if action.default in (None, "") or action.nargs == 0:
        return ""
    values = action.default if isinstance(action.default, list) else [action.default]
    return ", ".join(f"`{value}`" for value in values)


def _help(action: argparse.Action) -> str:
    from tome.matching import ALGORITHMS

    choices = tuple(action.choices or ())
    listed = "an [algorithm](../models/algorithms.md)" if choices == tuple(ALGORITHMS) else codes(choices)
    return ": ".join(part for part in (action.help or "", listed) if part)
