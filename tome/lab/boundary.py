"""Turn the errors of a command into one sentence and an exit code.  Light imports only."""

import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from importlib import import_module
from typing import Any, NoReturn, TextIO

from tome.extras import install

__all__ = ["BadArgument", "command", "guard", "launch", "sentence"]

LONGEST = 300
SPOKEN = (ValueError, TypeError, RuntimeError, AssertionError, ImportError)
"""errors whose message says enough without the name of their class"""


class BadArgument(ValueError):
    """A bad argument; the message is one sentence."""


def command(main: Callable[..., int | None]) -> Callable[..., int]:
    """Make ``main(argv)`` return an exit code in every case; see ``guard``.

    Other arguments, such as ``prog`` (the name shown in the help), are passed on.
    """

    @wraps(main)
    def guarded(argv: Sequence[str] | None = None, **named: Any) -> int:
        return guard(lambda: main(argv, **named))

    return guarded


def launch(module: str) -> NoReturn:
    """Import ``module`` and run its ``main``, the import within the boundary, and end the process."""
    sys.exit(guard(lambda: import_module(module).main()))


def guard(work: Callable[[], int | None]) -> int:
    """Run ``work`` and return its exit code: 2 for a bad argument, 130 for Ctrl-C, 1 for every other error.

    An error is said in one sentence on stderr.  `python -X dev` shows its traceback instead.  A pipe that nothing reads
    any more, as after ``| head``, ends it quietly with 141, as SIGPIPE ends other tools.
    """
    try:
        try:
            return work() or 0
        finally:
            if sys.stdout is not None:
                sys.stdout.flush()  # a failed write is an error of this command, not of the interpreter's exit
    except KeyboardInterrupt:
        return _end(130, "Stopped.\n")
    except BrokenPipeError:
        return _end(141, "")
    except BadArgument as reason:
        return _end(2, f"{sentence(reason)}\n")
    except Exception as reason:
        if sys.flags.dev_mode:
            raise
        return _end(1, f"{sentence(reason)}\n")


def sentence(reason: BaseException) -> str:
    """Return the error message on one line."""
    if isinstance(reason, OSError) and reason.strerror:
        return f"{reason.filename}: {reason.strerror}" if reason.filename else f"{reason.strerror}."
    if isinstance(reason, MemoryError):
        return "There is not enough memory for this."
    if isinstance(reason, ModuleNotFoundError) and (command := install(reason)):
        return f"This needs the package {reason.name}, which is not installed: {command}"
    text = " ".join(str(reason).split())[:LONGEST]
    name = type(reason).__name__
    if not text:
        return name
    return text if isinstance(reason, SPOKEN) else f"{name}: {text}"


def _end(code: int, text: str) -> int:
    for stream, last in ((sys.stderr, text), (sys.stdout, "")):
        try:
            if stream is not None:
                stream.write(last)
                stream.flush()
        except OSError:
            _discard(stream)
    return code


def _discard(stream: TextIO) -> None:
    """Discard the rest of a stream: the interpreter would flush it again at exit."""
    try:
        number = stream.fileno()
    except (OSError, ValueError):
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, number)
    os.close(nowhere)
