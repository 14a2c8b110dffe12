"""Write the table of registered algorithms: ``python -m tome.lab.algorithms``."""

import sys
from collections.abc import Mapping

from tome.lab.boundary import guard
from tome.matching.registry import ALGORITHMS, Algorithm

__all__ = ["markdown"]

_HEAD = """| name | kind | steps in a block | what it does | from |
|---|---|---|---|---|"""


def markdown(algorithms: Mapping[str, Algorithm]) -> str:
    """Return a table of ``algorithms`` in the order of registration, with their options."""
    return "\n".join([_HEAD, *(_line(name, known) for name, known in algorithms.items())])


def _line(name: str, known: Algorithm) -> str:
    options = "".join(f"<br>`{option}={value!r}`" for option, value in known.params.items())
    return f"| `{name}`{options} | {known.kind} | {known.steps} | {known.note} | {known.paper} |"


if __name__ == "__main__":
    import tome.matching  # noqa: F401 — registers ours

    sys.exit(guard(lambda: print(markdown(ALGORITHMS))))
