"""A clip through a model of clips, plain or merged."""

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

import tome
from explorer.engine.clip_run import ClipOutcome, Plain, pixels, steps_of
from explorer.engine.media_models import VideoModel
from explorer.engine.task import Task
from explorer.media.views import View
from tome.media.kinds import Clip
from tome.metrics.cost import block_gflops, gflops, shape_of
from tome.models.spectrograms import logits

__all__ = ["cosine", "plain_run", "run"]


def run(model: VideoModel, clip: Clip, view: View, config: tome.MergeConfig, task: Task, what: str) -> ClipOutcome:
    """Trace ``clip``, which has the model's number of frames, under ``config``; ``what`` names the run for the reader."""

    def progress(layer: int, _: object) -> None:
        task.check()
        task.note = f"{model.label}: layer {layer + 1}, {what}"

    with torch.inference_mode():
        output, trace = tome.trace(model.model, _inputs(model, clip, view), config, on_block=progress)
    blocks = tuple(block_gflops(shape_of(model.model), config))
    steps = steps_of(trace, model.frames // model.tubelet, view.rows * view.cols)
    return ClipOutcome(steps, trace.prefix, logits(output)[0], gflops(model.model, config), blocks)


def plain_run(model: VideoModel, clip: Clip, view: View, task: Task) -> Plain:
    """Return the same without merging, without its tokens; its output is [1, classes]."""
    outcome = run(model, clip, view, tome.MergeConfig(r=0), task, "plain")
    return Plain(outcome.output[None], outcome.gflops, outcome.block_gflops)


def cosine(plain: Plain, outcome: ClipOutcome) -> float:
    """Return the cosine of the scores of both runs."""
    return F.cosine_similarity(outcome.output, plain.output[0], dim=0).item()


def _inputs(model: VideoModel, clip: Clip, view: View) -> Tensor:
    mean, std = (torch.tensor(part) for part in (model.mean, model.std))
    seen = torch.from_numpy(np.ascontiguousarray(pixels(model, clip, view)))
    frames = ((seen.float() / 255 - mean) / std).permute(0, 3, 1, 2)
    return frames.transpose(0, 1)[None] if model.channels_first else frames[None]
