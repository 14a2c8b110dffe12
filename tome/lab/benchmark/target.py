"""The smallest r that reaches a time or a speed-up, by measuring."""

from collections.abc import Callable
from dataclasses import dataclass

from tome.lab.benchmark.speed import Speed

__all__ = ["Found", "Measure", "Target", "search"]

Measure = Callable[[int, bool], Speed]
"""r, and whether all rounds are wanted, not a few → the comparison with the plain model"""


@dataclass(frozen=True)
class Target:
    """Seconds of one step, or a speed-up over the plain model: one of the two."""

    seconds: float | None = None
    speed_up: float | None = None

    def reached(self, speed: Speed) -> bool:
        """Return whether the median of ``speed`` reaches this."""
        return self._met(speed.seconds.median, speed.speed_up.median)

    def certain(self, speed: Speed) -> bool:
        """Return whether both quartiles say what the median says."""
        low, high = (speed.seconds.high, speed.speed_up.low), (speed.seconds.low, speed.speed_up.high)
        return self._met(*low) == self._met(*high)

    def plain(self, speed: Speed) -> bool:
        """Return whether the plain model reaches this."""
        return self._met(speed.plain_seconds.median, 1)

    def _met(self, seconds: float, speed_up: float) -> bool:
        return seconds <= self.seconds if self.seconds is not None else speed_up >= (self.speed_up or 0)


@dataclass(frozen=True)
class Found:
    """The answer of a search."""

    r: int
    """the smallest found, 0 where the plain model reaches the target; the largest there is where none does"""
    speed: Speed
    reached: bool
    missed: tuple[int, Speed] | None = None
    """the largest smaller r that was measured and misses the target"""


def search(measure: Measure, most: int, target: Target) -> Found:
    """Return the smallest r from 0 to ``most`` whose measured median reaches ``target``.

    The range is halved by measurements of a few rounds, as time falls with r; the r found is measured in all rounds,
    and where those miss the target, the next ones are, in growing steps.
    """
    top = measure(most, True)
    if target.plain(top):
        return Found(0, measure(0, True), True)
    if not target.reached(top):
        return Found(most, top, False)
    missed: tuple[int, Speed] | None = None
    low, high = 0, most
    while high - low > 1:
        middle = (low + high) // 2
        speed = measure(middle, False)
        if target.reached(speed):
            high = middle
        else:
            low, missed = middle, (middle, speed)
    r, step = high, 1
    while r < most:
        speed = measure(r, True)
        if target.reached(speed):
            return Found(r, speed, True, missed)
        missed, r, step = (r, speed), min(most, r + step), 2 * step
    return Found(most, top, True, missed)
