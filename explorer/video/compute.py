"""A clip through an image model, frame by frame, with merging over all frames."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F

import tome
from explorer.core.images import Picture
from explorer.core.models import Backbone
from explorer.core.runs import Job
from explorer.core.views import View, crop_and_resize, fit
from tome.hosts.frames import Occupancy
from tome.media.kinds import Clip

__all__ = ["ClipRun", "run_clip"]

VERSION = 1


@dataclass(frozen=True, eq=False)
class ClipRun:
    """What merging makes of a clip."""

    pixels: np.ndarray
    """uint8 [T, rows·patch, columns·patch, 3]: the frames as the model sees them"""
    view: View
    sources: tuple[np.ndarray, ...]
    """long [T, rows, columns], before the first block and after each: the token that each patch is part of; −1 where
    it was dropped"""
    record: dict[str, Any]
    """figures and settings, for JSON"""


def run_clip(backbone: Backbone, clip: Clip, config: tome.MergeConfig, side: int, attention: str, job: Job) -> ClipRun:
    """Trace ``clip`` under ``config``; ``side`` is that of a square with as many patches as a frame gets, in pixels.

    ``attention`` is framewise or joint, as in FrameModel.  Raises TypeError for a model that takes no clips.
    """
    frames = [Picture(pixels=frame, digest="", name="", note="") for frame in clip.frames]
    view = fit(frames[0], backbone.patch, (side // backbone.patch) ** 2)
    pixels = np.stack([crop_and_resize(frame, view, backbone.interpolation) for frame in frames])
    mean, std = (torch.tensor(part) for part in (backbone.mean, backbone.std))
    images = ((torch.from_numpy(pixels).float() / 255 - mean) / std).permute(0, 3, 1, 2)
    model = tome.FrameModel(backbone.model, len(frames), attention).eval()
    with torch.inference_mode():
        plain = backbone.model(images).mean(0)
        output, trace = tome.trace(model, images[None], config, on_block=lambda layer, step: job.check())
    grid = (len(frames), view.rows, view.cols)
    own = np.arange(trace.prefix, trace.n_in).reshape(grid)
    after = [trace.source(layer)[0, trace.prefix :].reshape(grid).numpy() for layer in range(len(trace.layers))]
    record = {
        "version": VERSION,
        "model": backbone.label,
        "attention": attention,
        "frames": len(frames),
        "times": list(clip.times),
        "rows": view.rows,
        "columns": view.cols,
        "algorithm": config.algorithm,
        "r": config.r if isinstance(config.r, int) else list(config.r),
        "tokens": [trace.n_in, *(step.grouping.n_out for step in trace.layers)],
        "spanning": [_spanning(source) for source in after],
        "gflops": tome.gflops(model, config, (view.rows * view.patch, view.cols * view.patch)),
        "class_cosine": F.cosine_similarity(output[0], plain, dim=0).item(),
        "labels": [source.tolist() for source in after],
    }
    return ClipRun(pixels, view, (own, *after), record)


def _spanning(source: np.ndarray) -> float:
    """The share of merged tokens that hold patches of more than one frame."""
    frames = len(source)
    patches = torch.zeros(int(source.max()) + 1, frames)
    for frame, own in enumerate(source):
        labels = torch.from_numpy(own[own >= 0])
        patches[:, frame] = torch.bincount(labels, minlength=len(patches)).float()
    merged = patches.sum(1) > 1
    return Occupancy(patches).spanning[merged].float().mean().item() if merged.any() else 0.0
