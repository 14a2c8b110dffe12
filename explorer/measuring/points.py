"""Results of a measurement so far, as points: each configuration against the plain model."""

from collections.abc import Sequence
from dataclasses import dataclass

from torch import nn

from explorer.measuring.speed import PLAIN, LeftOut, Looked, Round
from tome.config import MergeConfig
from tome.lab.measure import Spread
from tome.metrics.cost import gflops, shape_of
from tome.metrics.fidelity import Fidelity
from tome.schedule import token_counts

__all__ = ["Point", "points", "rates"]


@dataclass(frozen=True)
class Point:
    """One configuration against the plain model; a Spread is None until a round has ended."""

    config: MergeConfig
    tokens: int
    """after the last block, prefix included"""
    gflops: float
    predicted: float
    """the speed-up if time were proportional to GFLOPs"""
    near: Fidelity
    throughput: Spread | None
    """images per second"""
    speed_up: Spread | None
    """over the ratios within each round"""

    @property
    def fidelity(self) -> float:
        """Return the cosine with the plain run: of the class token, or of the patches without one."""
        return self.near.patch_cosine if self.near.class_cosine is None else self.near.class_cosine


def rates(tokens: int, prefix: int, depth: int, count: int = 4) -> list[int]:
    """Return ``count`` evenly spaced values of r, up to one that merges nearly all tokens in ``depth`` blocks."""
    most = (tokens - prefix) // depth
    return sorted({max(1, round(most * step / count)) for step in range(1, count + 1)})


def points(told: Sequence[object], model: nn.Module, side: int, batch: int) -> list[Point]:
    """Return the points of ``sweep`` so far: the plain model, and each configuration without failure."""
    failed = {event.config for event in told if isinstance(event, LeftOut)}
    nears = {PLAIN: Fidelity(1.0 if model.cls_token is not None else None, 1.0, None, None, None)}
    nears |= {event.config: event.near for event in told if isinstance(event, Looked) and event.config not in failed}
    timings = [event.seconds for event in told if isinstance(event, Round)]
    shape, plain = shape_of(model, side), gflops(model, None, side)
    found = []
    for config, near in nears.items():
        cost = gflops(model, config, side)
        tokens = token_counts(config.r, len(shape.blocks), shape.tokens, shape.prefix)[-1]
        throughput = Spread.of(batch / each[config] for each in timings) if timings else None
        speed_up = Spread.of(each[PLAIN] / each[config] for each in timings) if timings else None
        found.append(Point(config, tokens, cost, plain / cost, near, throughput, speed_up))
    return found
