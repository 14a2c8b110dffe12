"""Run one photo through one model."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import torch

import tome
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.media.images import Picture
from explorer.media.views import View, crop_and_resize
from tome.forward.batched import batched_trace
from tome.forward.prefix import SharedPrefix
from tome.lab.measure import Spread
from tome.metrics.cost import block_gflops, gflops, shape_of

__all__ = ["Outcome", "Timing", "begin", "class_cosine", "forward", "likeliest", "pixels", "time_both"]


@dataclass(frozen=True, eq=False)
class Outcome:
    """Result and cost of a model on a photo, plain (r = 0) or merged."""

    trace: tome.Trace
    top: tuple[tuple[str, float], ...]
    """top-5 classes with probabilities; empty without a head"""
    gflops: float
    block_gflops: tuple[float, ...]

    @property
    def nbytes(self) -> int:
        """About the memory this holds."""
        tokens = self.trace.tokens
        return tokens.nbytes + 40 * self.trace.n_in * len(self.trace.layers)


def begin(
    backbone: Backbone,
    picture: Picture,
    view: View,
    configs: Sequence[tome.MergeConfig],
    known: SharedPrefix | None = None,
) -> SharedPrefix:
    """Return the shared prefix of the runs under ``configs``: ``known``, from earlier runs, if it is valid for them."""
    if known and known.serves(configs):
        return known
    # Inference mode is per thread.
    with torch.inference_mode():
        return SharedPrefix.of(backbone.model, pixels(backbone, picture, view), configs)


def forward(backbone: Backbone, start: SharedPrefix, config: tome.MergeConfig, task: Task) -> Outcome:
    """Continue the run from ``start``, the result of ``begin``, and record every merge; cancellable between blocks."""

    def progress(layer: int) -> None:
        task.check()
        task.note = f"{backbone.label}: layer {layer + 1} of {start.depth}"

    task.check()
    with torch.inference_mode():
        (member,) = batched_trace(backbone.model, start, [config], on_block=progress)
    if member.error is not None:
        raise member.error
    blocks = block_gflops(shape_of(backbone.model, start.image_size), config)
    cost = gflops(backbone.model, config, start.image_size)
    return Outcome(member.trace, likeliest(backbone, member.output[0]), cost, tuple(blocks))


@dataclass(frozen=True, eq=False)
class Timing:
    """Seconds of interleaved forwards in one process."""

    plain: Spread
    merged: Spread
    rounds: int
    at: datetime
    nbytes: int = 256


def time_both(
    backbone: Backbone, picture: Picture, view: View, config: tome.MergeConfig, task: Task, rounds: int = 7
) -> Timing:
    """Time the plain and the merged model in turn, so that other load affects both."""
    image = pixels(backbone, picture, view)
    seconds: dict[int, list[float]] = {0: [], 1: []}
    for number in range(rounds):
        for merged, choice in enumerate((tome.MergeConfig(r=0), config)):
            task.note = f"Timing: round {number + 1} of {rounds}"
            start = time.perf_counter()
            with torch.inference_mode():
                tome.trace(backbone.model, image, choice, on_block=task.check)
            seconds[merged].append(time.perf_counter() - start)
    return Timing(Spread.of(seconds[0]), Spread.of(seconds[1]), rounds, datetime.now(UTC))


def pixels(backbone: Backbone, picture: Picture, view: View) -> torch.Tensor:
    """Return the visible part of the photo as model input: float [1, 3, rows·patch, columns·patch]."""
    values = crop_and_resize(picture, view, backbone.interpolation)
    image = torch.from_numpy(values.astype(np.float32) / 255).permute(2, 0, 1)[None]
    mean, std = (torch.tensor(part).view(1, 3, 1, 1) for part in (backbone.mean, backbone.std))
    return (image - mean) / std


def class_cosine(plain: Outcome, merged: Outcome) -> float:
    """Return the cosine between the class tokens of both runs; of their mean patches for models without one."""
    return torch.cosine_similarity(_summary(plain.trace), _summary(merged.trace), dim=0).item()


def _summary(trace: tome.Trace) -> torch.Tensor:
    if trace.class_token:
        return trace.tokens[0, 0]
    patches, size = trace.tokens[0, trace.prefix :], trace.layers[-1].size[0, trace.prefix :, None]
    return (patches * size).sum(0) / size.sum()


def likeliest(backbone: Backbone, output: torch.Tensor, count: int = 5) -> tuple[tuple[str, float], ...]:
    """Return the likeliest classes of ``output`` [classes] and their probabilities; nothing without a head."""
    if not backbone.classes:
        return ()
    probability, index = output.softmax(-1).topk(min(count, len(backbone.classes)))
    return tuple((backbone.classes[i], p) for i, p in zip(index.tolist(), probability.tolist(), strict=True))
