"""The matching algorithms."""

from typing import TYPE_CHECKING, Any

from tome.matching import catalogue  # noqa: F401 — registers ours
from tome.matching.registry import ALGORITHMS, Algorithm, Option, algorithm, check_params, configured, register

if TYPE_CHECKING:
    from tome.matching.padding import match

__all__ = ["ALGORITHMS", "Algorithm", "Option", "algorithm", "check_params", "configured", "match", "register"]


def __getattr__(name: str) -> Any:
    # Names, papers and options do not need torch; everything else loads on first use.
    if name != "match":
        raise AttributeError(f"module 'tome.matching' has no attribute {name!r}")
    from tome.matching.padding import match

    return match
