"""Where the time of a merging block goes."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.blocks import MergingBlocks
from tome.forward.patch import patch
from tome.forward.state import Attended, ForwardState, LayerTrace
from tome.hosts.timm_rope import Position
from tome.lab.measure import Spread
from tome.lab.weights import shallow_copy

__all__ = ["Parts", "parts"]


@dataclass(frozen=True)
class Parts:
    """Seconds that one block spends on each of its parts; norms and residuals belong to the part they serve."""

    attention: Spread
    matching: Spread
    """choosing what merges"""
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
    """Run ``model`` merging, and say after every round what each block's parts take so far, first block first.

    A block that merges nothing has 0 for matching and merging.  ``model`` is not modified.
    """
    if rounds < 1 or warmup < 0:
        raise ValueError(f"rounds must be at least 1 and warmup at least 0; got {rounds} and {warmup}")
    marks = _Marks(clock, images.is_cuda)
    merging = _timed(model, config, marks)
    names = [field.name for field in fields(Parts)]
    timings = []
    for round_ in range(-warmup, rounds):
        marks.seconds.clear()
        with torch.inference_mode():
            merging(images)
        if round_ >= 0:
            timings.append([[marks.seconds[layer, name] for name in names] for layer in range(len(model.blocks))])
            layers = zip(*timings, strict=True)
            yield tuple(Parts(*(Spread.of(each) for each in zip(*layer, strict=True))) for layer in layers)


class _Marks:
    """A stopwatch that gives the time since its last mark to a part of a block."""

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


class _TimedRun(ForwardState):
    def __init__(self, marks: _Marks, *args, **options):
        super().__init__(*args, **options)
        self.marks = marks

    def advance(self, block: nn.Module, on_match: Callable | None = None) -> LayerTrace:
        self.marks.start(self.layer)
        step = super().advance(block, lambda *_: self.marks.stop("matching"))
        self.marks.stop("mlp")
        return step

    def merge(self, seen: Attended, on_match: Callable | None = None) -> LayerTrace:
        self.marks.stop("attention")
        step = super().merge(seen, on_match)
        if step.r:
            self.marks.stop("merging")
        return step


class _TimedBlocks(MergingBlocks):
    """Blocks made for one measurement, so that they may hold its marks."""

    marks: _Marks

    def forward(self, x: Tensor, rope: Position | None = None, **_: object) -> Tensor:
        run = _TimedRun(self.marks, self.plan, x, rope, track=self.plan.pooled)
        for block in self.children():
            run.advance(block)
        return run.finish()

    def __iter__(self) -> Iterator[nn.Module]:
        # To a host that walks its blocks we are one block.
        yield self


def _timed(model: nn.Module, config: MergeConfig, marks: _Marks) -> nn.Module:
    other = patch(shallow_copy(model), config)
    blocks = _TimedBlocks(other.blocks.host[0], other.blocks.plan)
    blocks.marks = marks
    other.blocks = blocks
    return other
