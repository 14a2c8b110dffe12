"""Conclusions from times: none on a busy machine, and no order between overlapping quartiles."""

from collections.abc import Sequence
from typing import Protocol

import psutil

from explorer.locale.language import tr

__all__ = ["BUSY", "Quartiles", "Ranked", "beaten", "busy", "ranks"]

BUSY = 1.25
"""limit of the plain model's upper over lower quartile: beyond it, the machine counts as busy"""


class Quartiles(Protocol):
    """A repeated measurement."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Ranked(Quartiles, Protocol):
    """A speed-up with quartiles, and a likeness."""

    @property
    def cosine(self) -> float: ...


def busy(plain: Quartiles) -> str:
    """Return the reason why times are unreliable now, as a sentence; "" if the plain model's were steady."""
    ratio = plain.high / plain.low
    if ratio <= BUSY:
        return ""
    return tr(
        "Not measurable now: the plain model's own time varied {ratio:.2f} × between its quartiles, and beyond {most} "
        "× no conclusion is drawn here. Load of the machine {load:.1f}, {cores} cores. Try again when it is less busy.",
        ratio=ratio, most=BUSY, load=psutil.getloadavg()[0], cores=psutil.cpu_count(),
    )  # fmt: skip


def ranks(places: Sequence[Ranked]) -> list[tuple[int, int]]:
    """Return the best and worst rank by speed of each place: overlapping quartiles are a tie."""
    return [
        (1 + sum(other.low > own.high for other in places), len(places) - sum(other.high < own.low for other in places))
        for own in places
    ]


def beaten(places: Sequence[Ranked]) -> list[bool]:
    """Return for each place whether another is at least as close to the plain run and faster beyond the quartiles."""
    return [any(each.low > own.high and each.cosine >= own.cosine for each in places) for own in places]
