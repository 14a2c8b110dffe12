"""Schedules: the r of each block."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import index
from typing import Any, overload

__all__ = ["PerLayer", "R", "cap", "schedule"]


@dataclass(frozen=True, eq=False, repr=False)
class PerLayer(Sequence[int]):
    """One r per block: an immutable list, equal to the list of its values and never to a tuple."""

    # No subclass of tuple: as r, a tuple means (r, inflection).
    values: tuple[int, ...]

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> "PerLayer": ...
    def __getitem__(self, index: int | slice) -> "int | PerLayer":
        return PerLayer(self.values[index]) if isinstance(index, slice) else self.values[index]

    def __len__(self) -> int:
        return len(self.values)

    def __eq__(self, other: object) -> bool:
        return tuple(other) == self.values if isinstance(other, list | PerLayer) else NotImplemented

    def __hash__(self) -> int:
        return hash((PerLayer, self.values))

    def __repr__(self) -> str:
        return repr(list(self.values))


R = int | tuple[int, float] | Sequence[int]
"""An int (the same in every block), (r, inflection), or a list or PerLayer with one number per block."""


MOST = 10**9
"""of one r, far above any cap"""


def cap(tokens: int, prefix: int) -> int:
    """Return the maximum r of one block: half of the free tokens, since one set joins the other."""
    return max(0, (tokens - prefix) // 2)


def schedule(r: R, depth: int) -> tuple[int, ...]:
    """Return the requested r of each of ``depth`` blocks, before the cap.

    An int is constant.  A tuple ``(r, inflection)`` runs linearly from ``r (1 − inflection)`` in the first
    block to ``r (1 + inflection)`` in the last, each rounded down: −1 is the paper's decreasing schedule.
    A list holds one r per block; blocks beyond its end merge nothing.
    """
    r = check(r)
    if isinstance(r, int):
        return (r,) * depth
    if isinstance(r, tuple):
        mean, inflection = r
        first = int(mean * (1 - inflection))
        last = 2 * mean - first
        # One block has no slope; the mean is all there is.
        return (mean,) if depth == 1 else tuple(int(first + (last - first) / (depth - 1) * i) for i in range(depth))
    if len(r) > depth:
        raise ValueError(f"r must name at most one number for each of the {depth} blocks; it names {len(r)}")
    return (*r, *(0,) * (depth - len(r)))


def check(r: R) -> int | tuple[int, float] | PerLayer:
    """Return ``r`` with every number as an int or float; raise TypeError or ValueError if it has none of the three forms.

    Whatever counts as an integer is one, such as numpy's integers.
    """
    if isinstance(r, tuple):
        if not (len(r) == 2 and hasattr(r[0], "__index__") and isinstance(r[1], int | float) and -1 <= r[1] <= 1):
            raise ValueError(f"r as a tuple must be (int, inflection between -1 and 1); got {r!r}; a list is per block")
        return _count(r[0]), float(r[1])
    if isinstance(r, list | PerLayer):
        return PerLayer(tuple(map(_count, r)))
    try:
        return _count(r)
    except TypeError as error:
        raise TypeError(f"r must be an int, (r, inflection) or a list of ints; got {r!r}") from error


def _count(value: Any) -> int:
    try:
        count = None if isinstance(value, bool) else index(value)
    except TypeError:  # an array has an __index__, but not for several values
        count = None
    if count is None:
        raise TypeError(f"r must count whole tokens; got {value!r}")
    if count < 0:
        raise ValueError(f"r must be at least 0; got {count}")
    if count > MOST:  # the arithmetic of a schedule is in floats
        raise ValueError(f"r must be at most {MOST:,}; got {count}")
    return count


def token_counts(r: R, depth: int, tokens: int, prefix: int) -> tuple[int, ...]:
    """Return the number of tokens before the first block and after each: ``depth`` + 1 numbers, prefix included."""
    counts = [tokens]
    for asked in schedule(r, depth):
        counts.append(counts[-1] - min(asked, cap(counts[-1], prefix)))
    return tuple(counts)
