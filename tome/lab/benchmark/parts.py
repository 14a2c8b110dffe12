"""Time of a merging block by parts."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.attended import Attended
from tome.forward.observer import LayerTrace, Observer
from tome.forward.trace import blocks_of, trace
from tome.lab.measure import Spread
from tome.matching.match_input import Matching, MatchInput

__all__ = ["Parts", "parts"]


@dataclass(frozen=True)
class Parts:
    """Seconds of one block by part; norms and residuals belong to the part they serve."""

    attention: Spread
    matching: Spread
    """matching"""
    merging: Spread
    """making it one"""
    mlp: Spread


def parts(
    model: nn.Module,
    images: Tensor,
    config: MergeConfig,
    *,
    rounds: int = 20,
    warmup: int = 2,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[tuple[Parts, ...]]:
    """Run ``model`` merging and yield the parts of each block after every round, first block first.

    Blocks without a merge have 0 for matching and merging.  ``model`` is not modified.
    """
    if rounds < 1 or warmup < 0:
        raise ValueError(f"rounds must be at least 1 and warmup at least 0; got {rounds} and {warmup}")
    marks = _Marks(clock, images.is_cuda)
    observer = _Timed(marks)
    names, depth = [field.name for field in fields(Parts)], len(blocks_of(model))
    timings = []
    for round_ in range(-warmup, rounds):
        marks.seconds.clear()
        with torch.inference_mode():
            trace(model, images, config, observer=observer)
        if round_ >= 0:
            timings.append([[marks.seconds[layer, name] for name in names] for layer in range(depth)])
            layers = zip(*timings, strict=True)
            yield tuple(Parts(*(Spread.of(each) for each in zip(*layer, strict=True))) for layer in layers)


class _Marks:
    """A stopwatch: adds the time since the last mark to a part of a block."""

    def __init__(self, clock: Callable[[], float], cuda: bool):
        self.clock, self.cuda, self.layer, self.last = clock, cuda, 0, 0.0
        self.seconds: defaultdict[tuple[int, str], float] = defaultdict(float)

    def start(self, layer: int) -> None:
        self.layer, self.last = layer, self._now()

    def stop(self, part: str) -> None:
        now = self._now()
        self.seconds[self.layer, part] += now - self.last
        self.last = now

    def _now(self) -> float:
        if self.cuda:
            torch.cuda.synchronize()
        return self.clock()


class _Timed(Observer):
    def __init__(self, marks: _Marks):
        self.marks = marks

    def started(self, layer: int) -> None:
        self.marks.start(layer)

    def attended(self, layer: int, attended: Attended) -> None:
        self.marks.stop("attention")

    def matched(self, layer: int, inputs: MatchInput, matching: Matching) -> None:
        self.marks.stop("matching")

    def merged(self, layer: int, step: LayerTrace) -> None:
        if step.r:
            self.marks.stop("merging")

    def finished(self, layer: int, step: LayerTrace) -> None:
        self.marks.stop("mlp")
