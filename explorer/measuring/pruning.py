"""Several photos in one batch, merged or pruned: fidelity over r, cost of padding, and throughput."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import torch
from torch import Tensor

import tome
from explorer.engine.forward import pixels
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.media.images import Picture
from explorer.media.views import View, fit
from tome.config import of_paper
from tome.lab.measure import Spread, interleave
from tome.metrics.fidelity import fidelity
from tome.schedule import R

__all__ = ["Crowd", "Point", "Speed", "crowd", "information", "speeds", "square", "throughput"]


@dataclass(frozen=True)
class Point:
    """One method at one r: means over the photos of the batch."""

    algorithm: str
    r: int
    class_cosine: float | None
    patch_cosine: float


@dataclass(frozen=True, eq=False)
class Crowd:
    """A batch under content-dependent pruning: photos keep different numbers of tokens, so the batch is padded."""

    trace: tome.Trace
    nbytes: int

    @property
    def kept(self) -> list[list[int]]:
        """Tokens left in each photo, before the first block and after each."""
        sizes = [(step.size > 0).sum(1).tolist() for step in self.trace.layers]
        photos = len(self.trace.tokens)
        return [[self.trace.n_in, *(counts[photo] for counts in sizes)] for photo in range(photos)]

    @property
    def longest(self) -> list[int]:
        """Padded length of the batch, before the first block and after each."""
        return [self.trace.n_in, *(step.size.shape[1] for step in self.trace.layers)]

    @property
    def padding(self) -> float:
        """Share of padding among the tokens after all blocks, 0 … 1."""
        computed = sum(self.longest[1:]) * len(self.kept)
        return 1 - sum(sum(tokens[1:]) for tokens in self.kept) / computed


@dataclass(frozen=True)
class Speed:
    """Images per second of one configuration, and the ratios to the first one within rounds."""

    algorithm: str
    images: Spread
    ratio: Spread


def square(backbone: Backbone, picture: Picture, side: int) -> View:
    """Return the middle square of a photo, the common shape in a batch."""
    side = side if backbone.any_shape else backbone.side
    return fit(picture, backbone.patch, (side // backbone.patch) ** 2, "square")


def images(backbone: Backbone, pictures: Sequence[Picture], side: int) -> Tensor:
    """Return the photos as one batch."""
    return torch.cat([pixels(backbone, picture, square(backbone, picture, side)) for picture in pictures])


def crowd(backbone: Backbone, pictures: Sequence[Picture], side: int, r: R, task: Task) -> Crowd:
    """Return the photos as one batch under dynamic pruning."""
    batch = images(backbone, pictures, side)
    with torch.inference_mode():
        _, trace = tome.trace(
            backbone.model, batch, tome.MergeConfig(r=r, algorithm="dynamic_prune"), on_block=task.check
        )
    return Crowd(trace, trace.tokens.nbytes + 40 * len(pictures) * trace.n_in * len(trace.layers))


def information(
    backbone: Backbone,
    pictures: Sequence[Picture],
    side: int,
    algorithms: Sequence[str],
    rates: Sequence[int],
    task: Task,
    on_point: Callable[[Point], None],
) -> None:
    """Measure the fidelity of each algorithm at each of ``rates``, all photos in one batch."""
    batch = images(backbone, pictures, side)
    with torch.inference_mode():
        output, plain = tome.trace(backbone.model, batch, tome.MergeConfig(r=0), on_block=task.check)
        for r in rates:
            for algorithm in algorithms:
                config = tome.MergeConfig(r=r, algorithm=algorithm, **of_paper(backbone.key))
                got, trace = tome.trace(backbone.model, batch, config, on_block=task.check)
                near = fidelity(output, plain.tokens, got, trace)
                on_point(Point(algorithm, r, near.class_cosine, near.patch_cosine))


def throughput(
    backbone: Backbone,
    pictures: Sequence[Picture],
    side: int,
    configs: Sequence[tome.MergeConfig],
    rounds: int,
    task: Task,
    on_round: Callable[[tuple[float, ...]], None],
) -> None:
    """Yield the seconds per batch of each configuration after every round; a round runs each once."""
    batch = images(backbone, pictures, side)

    def step(config: tome.MergeConfig) -> None:
        with torch.inference_mode():
            tome.trace(backbone.model, batch, config, on_block=task.check)

    for seconds in interleave([partial(step, config) for config in configs], rounds):
        on_round(seconds)


def speeds(rounds: Sequence[tuple[float, ...]], photos: int, algorithms: Sequence[str]) -> list[Speed]:
    """Yield images per second of each of ``algorithms``, and the ratios to the first one, after every round."""
    columns = list(zip(*rounds, strict=True))
    return [
        Speed(
            algorithm,
            Spread.of(photos / seconds for seconds in own),
            Spread.of(first / seconds for first, seconds in zip(columns[0], own, strict=True)),
        )
        for algorithm, own in zip(algorithms, columns, strict=True)
    ]
