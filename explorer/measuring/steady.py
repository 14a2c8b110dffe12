"""What may be concluded from times: nothing on a busy machine, and no order where quartiles overlap."""

from collections.abc import Sequence
from typing import Protocol

import psutil

from explorer.locale.language import tr

__all__ = ["BUSY", "Quartiles", "Ranked", "beaten", "busy", "ranks"]

BUSY = 1.25
"""upper by lower quartile of the plain model's own times, from which on nothing is concluded"""


class Quartiles(Protocol):
    """What was measured several times."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Ranked(Quartiles, Protocol):
    """What has a speed-up with quartiles, and a likeness."""

    @property
    def cosine(self) -> float: ...


def busy(plain: Quartiles) -> str:
    """Return why times cannot be measured now, as a sentence; "" where the plain model's own were steady enough."""
    ratio = plain.high / plain.low
    if ratio <= BUSY:
        return ""
    return tr(
        "Not measurable now: the plain model's own time varied {ratio:.2f} × between its quartiles, and {most} × is the most "
        "from which anything is concluded here. Load of the machine {load:.1f}, {cores} cores. Try again when it has less "
        "other work.",
        ratio=ratio, most=BUSY, load=psutil.getloadavg()[0], cores=psutil.cpu_count(),
    )  # fmt: skip


def ranks(places: Sequence[Ranked]) -> list[tuple[int, int]]:
    """Return for each place its best and its worst rank by speed: places whose quartiles overlap are a tie."""
    return [
        (1 + sum(other.low > own.high for other in places), len(places) - sum(other.high < own.low for other in places))
        for own in places
    ]


def beaten(places: Sequence[Ranked]) -> list[bool]:
    """Return for each place whether another is as near to the plain run, or nearer, and faster beyond its quartiles."""
    return [any(each.low > own.high and each.cosine >= own.cosine for each in places) for own in places]
