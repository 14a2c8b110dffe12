"""Run a clip through an image model, merging across frames or in each frame alone."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import tome
from explorer.engine.media_models import VideoModel
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.media.clips import picture
from explorer.media.views import View, crop_and_resize
from tome.media.kinds import Clip
from tome.metrics.cost import block_gflops, gflops, shape_of
from tome.schedule import R

__all__ = [
    "ATTENTION",
    "ClipOutcome",
    "Plain",
    "Step",
    "cosine",
    "frame_r",
    "pixels",
    "plain_run",
    "run",
    "spanning",
    "steps_of",
]

ATTENTION = ("framewise", "joint", "frames-apart")


@dataclass(frozen=True, eq=False)
class Plain:
    """Result of the image model on every frame alone, without merging."""

    output: Tensor
    """float [T, C]"""
    gflops: float
    block_gflops: tuple[float, ...]

    @property
    def nbytes(self) -> int:
        return self.output.nbytes


@dataclass(frozen=True, eq=False)
class Step:
    """The tokens of the clip after a block, and the edges of the block; indices exclude the prefix."""

    tokens: int
    """prefix included"""
    labels: np.ndarray
    """long [T, rows · columns]: token of each patch; −1 for dropped patches"""
    source: tuple[int, ...] = ()
    destination: tuple[int, ...] = ()
    similarity: tuple[float, ...] = ()


@dataclass(frozen=True, eq=False)
class ClipOutcome:
    """Result of merging on a clip."""

    steps: tuple[Step, ...]
    """before the first block, and after each"""
    prefix: int
    output: Tensor
    """float [C]: the mean over the frames"""
    gflops: float
    block_gflops: tuple[float, ...]


def pixels(backbone: Backbone | VideoModel, clip: Clip, view: View) -> np.ndarray:
    """Return the frames at the model's input size: uint8 [T, rows · patch, columns · patch, 3]."""
    frames = (picture(clip, number) for number in range(len(clip.frames)))
    return np.stack([crop_and_resize(frame, view, backbone.interpolation) for frame in frames])


def _normalised(backbone: Backbone, clip: Clip, view: View) -> Tensor:
    mean, std = (torch.tensor(part) for part in (backbone.mean, backbone.std))
    return ((torch.from_numpy(pixels(backbone, clip, view)).float() / 255 - mean) / std).permute(0, 3, 1, 2)


def plain_run(backbone: Backbone, clip: Clip, view: View, task: Task) -> Plain:
    """Run the image model on every frame."""
    images, none = _normalised(backbone, clip, view), tome.MergeConfig(r=0)
    outputs = []
    with torch.inference_mode():
        for number, image in enumerate(images):
            task.check()
            task.note = f"{backbone.label}: frame {number + 1} of {len(images)}, plain"
            outputs.append(backbone.model(image[None])[0])
    blocks, size = block_gflops(shape_of(backbone.model, _size(view)), none), _size(view)
    count = len(images)
    return Plain(
        torch.stack(outputs), count * gflops(backbone.model, none, size), tuple(count * block for block in blocks)
    )


def run(
    backbone: Backbone, clip: Clip, view: View, config: tome.MergeConfig, attention: str, task: Task
) -> ClipOutcome:
    """Trace ``clip`` under ``config``; ``attention`` is one of ATTENTION.

    With frames-apart every frame is merged alone, by its share of r.  Raises TypeError for models without support for clips.
    """
    images = _normalised(backbone, clip, view)
    count, size = len(images), _size(view)

    def progress(layer: int, _: object) -> None:
        task.check()
        task.note = f"{backbone.label}: layer {layer + 1}, all {count} frames"

    apart = attention == "frames-apart"
    model = backbone.model if apart else tome.FrameModel(backbone.model, count, attention)
    own = replace(config, r=frame_r(config.r, count)) if apart else config
    with torch.inference_mode():
        output, trace = tome.trace(model, images if apart else images[None], own, on_block=progress)
    times = count if apart else 1
    blocks = tuple(times * block for block in block_gflops(shape_of(model, size), own))
    steps = steps_of(trace, count, view.rows * view.cols)
    return ClipOutcome(steps, times * trace.prefix, output.mean(0), times * gflops(model, own, size), blocks)


def frame_r(r: R, frames: int) -> R:
    """Return one frame's share of the total r over ``frames``, rounded down."""
    if isinstance(r, int):
        return r // frames
    if isinstance(r, tuple):
        return (int(r[0]) // frames, r[1])
    return [each // frames for each in r]


def cosine(plain: Plain, outcome: ClipOutcome) -> float:
    """Return the cosine of the merged run's output and the mean of the plain frames'."""
    return F.cosine_similarity(outcome.output, plain.output.mean(0), dim=0).item()


def spanning(step: Step) -> float:
    """Return the share of merged tokens with patches from several frames."""
    count = int(step.labels.max(initial=0)) + 1
    held = np.stack([np.bincount(frame[frame >= 0], minlength=count) for frame in step.labels])
    merged = held.sum(0) > 1
    return float(((held > 0).sum(0) > 1)[merged].mean()) if merged.any() else 0.0


def _size(view: View) -> tuple[int, int]:
    return (view.rows * view.patch, view.cols * view.patch)


def steps_of(trace: tome.Trace, frames: int, patches: int) -> tuple[Step, ...]:
    """Return the steps of a traced clip: of one sequence, or of a batch with one frame in each."""
    sequences = len(trace.tokens)
    before = trace.n_in - trace.prefix
    first = np.arange(frames * patches).reshape(frames, patches)
    steps = [Step(sequences * trace.n_in, first)]
    for layer, step in enumerate(trace.layers):
        labels = trace.source(layer)[:, trace.prefix :].numpy() - trace.prefix
        after = step.grouping.n_out - trace.prefix
        shifted = np.where(labels < 0, -1, labels + after * np.arange(sequences)[:, None])
        edges = _edges(step, trace.prefix, before)
        steps.append(Step(sequences * step.grouping.n_out, shifted.reshape(frames, patches), *edges))
        before = after
    return tuple(steps)


def _edges(step: tome.LayerTrace, prefix: int, tokens: int) -> Sequence[tuple]:
    """Return source, destination and similarity over all sequences, most similar first."""
    offset = tokens * torch.arange(len(step.source))[:, None] - prefix
    order = step.similarity.flatten().argsort(descending=True, stable=True)
    parts = (step.source + offset, step.destination + offset, step.similarity)
    return tuple(tuple(part.flatten()[order].tolist()) for part in parts)
