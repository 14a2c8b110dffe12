"""Throughput and training steps, with and without merging."""

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from tome.config import MergeConfig
from tome.forward.patch import patch
from tome.forward.surgery import shallow_copy
from tome.forward.trace import trace
from tome.hosts.protocol import of_kind
from tome.hosts.registry import host_of
from tome.lab.benchmark.free import free_merge
from tome.lab.measure import PeakMemory, Spread, interleave
from tome.metrics.cost import known_gflops
from tome.models.spectrograms import logits

__all__ = ["TASKS", "Speed", "compare"]

TASKS = ("forward", "trace", "train", "tracing")


@dataclass(frozen=True)
class Speed:
    """Merging model against the plain one, after some rounds."""

    images: int
    """in a batch"""
    rounds: int
    seconds: Spread
    """of one step with merging"""
    plain_seconds: Spread
    speed_up: Spread
    """plain by merged, over the ratios within each round"""
    gflops: float | None
    """of one image; None where the host states no cost"""
    plain_gflops: float | None
    peak_bytes: int
    """most bytes of tensors alive at once during a step, weights not counted"""
    plain_peak_bytes: int
    free_seconds: Spread | None = None
    """of one step that drops as many tokens at no cost, where it was asked for"""
    share_of_free: Spread | None = None
    """free by merged, over the ratios within each round: 1 would be a merge that costs nothing"""

    @property
    def throughput(self) -> float:
        """Images per second with merging."""
        return self.images / self.seconds.median

    @property
    def plain_throughput(self) -> float:
        return self.images / self.plain_seconds.median

    @property
    def predicted(self) -> float | None:
        """Return the speed-up predicted by the GFLOPs, if they are known."""
        return self.plain_gflops / self.gflops if self.plain_gflops and self.gflops else None

    @property
    def share(self) -> float | None:
        """Return the measured share of the predicted speed-up, if that is known."""
        return self.speed_up.median / self.predicted if self.predicted else None


def compare(
    model: nn.Module,
    images: Tensor,
    config: MergeConfig,
    task: str = "forward",
    *,
    limit: bool = False,
    rounds: int = 20,
    warmup: int = 2,
    clock: Callable[[], float] = time.perf_counter,
) -> Iterator[Speed]:
    """Run ``model`` plain and merging in turn; yield the comparison so far after every round.

    ``task``: ``forward``; ``trace``, the forward with every merge recorded, against a plain forward; ``train``,
    forward, backward and an AdamW step; or ``tracing``, the cost of recording: recorded against unrecorded merging.
    ``limit`` adds the free merge to each round; only with ``forward``.  ``model`` is not modified, nor is its
    training mode: ``train`` works on a copy.
    """
    if limit and task != "forward":
        raise ValueError(f"limit must be False unless task is 'forward'; got {task!r}")
    plain, merging = _steps(model, images, config, task)
    free = [_forward(free_merge(model, config), images)] if limit else []
    peaks = [_peak_bytes(step) for step in (plain, merging)]
    costs = [
        known_gflops(model, each, (*_frames(model, images), *images.shape[-2:]))
        for each in (config if task == "tracing" else None, config)
    ]
    timings: list[tuple[float, ...]] = []
    for timing in interleave((plain, merging, *free), rounds, warmup, clock):
        timings.append(timing)
        before, after, *least = zip(*timings, strict=True)
        yield Speed(
            images=len(images),
            rounds=len(timings),
            seconds=Spread.of(after),
            plain_seconds=Spread.of(before),
            speed_up=Spread.ratio(before, after),
            gflops=costs[1],
            plain_gflops=costs[0],
            peak_bytes=peaks[1],
            plain_peak_bytes=peaks[0],
            free_seconds=Spread.of(least[0]) if least else None,
            share_of_free=Spread.ratio(least[0], after) if least else None,
        )


def _steps(model: nn.Module, images: Tensor, config: MergeConfig, task: str) -> tuple[Callable[[], None], ...]:
    host = host_of(model)
    plain, merging = (partial(host.run, each) for each in (model, patch(shallow_copy(model), config)))
    if task == "forward":
        return _forward(plain, images), _forward(merging, images)
    if task == "trace":
        return _forward(plain, images), _forward(lambda x: trace(model, x, config), images)
    if task == "tracing":
        return _forward(merging, images), _forward(lambda x: trace(model, x, config), images)
    if task == "train":
        model = copy.deepcopy(model).train().requires_grad_(True)
        # One optimiser for both: it is the same model, and its weights are in memory once.
        optimiser = torch.optim.AdamW(model.parameters(), lr=1e-6, fused=True)
        both = (model, patch(shallow_copy(model), config))
        return tuple(_training(partial(host.run, each), images, optimiser) for each in both)
    raise ValueError(f"task must be one of {', '.join(TASKS)}; got {task!r}")


def _forward(model: Callable[[Tensor], object], images: Tensor) -> Callable[[], None]:
    def step() -> None:
        with torch.inference_mode():
            model(images)
        _finish(images)

    return step


def _training(model: Callable[[Tensor], Any], images: Tensor, optimiser: torch.optim.Optimizer) -> Callable[[], None]:
    labels = torch.arange(len(images), device=images.device)

    def step() -> None:
        output = model(images)
        scores = logits(output)
        if not isinstance(scores, Tensor) or scores.dim() != 2:
            raise ValueError(f"model must return logits [batch, classes] to be trained; got {_kind(output)}")
        F.cross_entropy(scores, labels % scores.shape[1]).backward()
        optimiser.step()
        optimiser.zero_grad()
        _finish(images)

    return step


def _kind(output: object) -> str:
    return f"shape {tuple(output.shape)}" if isinstance(output, Tensor) else of_kind(output)


def _finish(images: Tensor) -> None:
    # CUDA calls return before the work is done.
    if images.is_cuda:
        torch.cuda.synchronize(images.device)


def _peak_bytes(step: Callable[[], None]) -> int:
    with PeakMemory() as memory:
        step()
    return int(memory.peak)


def _frames(model: nn.Module, images: Tensor) -> tuple[int, ...]:
    """Return the frames of clips whose host counts them in the size: those of transformers, which have them first."""
    frames_first = getattr(host_of(model), "axes", ())[1:2] == ("frames",)
    return tuple(images.shape[1:2]) if frames_first else ()
