"""A clip through an image model, for files: pixels, labels and figures."""

from dataclasses import dataclass
from typing import Any

import numpy as np

import tome
from explorer.engine import clip_run
from explorer.engine.choices import r_in_json
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.media import clips
from explorer.media.views import View, fit
from explorer.records.query import MOST_PATCHES
from tome.media.kinds import BadMedia, Clip

__all__ = ["ClipRun", "run_clip"]

VERSION = 2


@dataclass(frozen=True, eq=False)
class ClipRun:
    """Result of merging on a clip."""

    pixels: np.ndarray
    """the model's input, uint8 [T, rows·patch, columns·patch, 3]"""
    view: View
    sources: tuple[np.ndarray, ...]
    """long [T, rows, columns], before the first block and after each: the token that each patch is part of, counted
    without the prefix; −1 where it was dropped"""
    record: dict[str, Any]
    """figures and settings, for JSON"""


def run_clip(
    backbone: Backbone, clip: Clip, config: tome.MergeConfig, side: int, attention: str, task: Task
) -> ClipRun:
    """Trace ``clip`` under ``config``; ``side``, in pixels, is that of a square with as many patches as a frame.

    ``attention`` is one of ``clip_run.ATTENTION``.  Raises TypeError for a model without clip input, and BadMedia
    for more patches than a record may have.
    """
    view = fit(clips.picture(clip, 0), backbone.patch, (side // backbone.patch) ** 2)
    if (patches := view.rows * view.cols * len(clip.frames)) > MOST_PATCHES:
        raise BadMedia(
            f"--frames and --side must leave at most {MOST_PATCHES} patches in all frames; these are {patches}."
        )
    plain = clip_run.plain_run(backbone, clip, view, task)
    outcome = clip_run.run(backbone, clip, view, config, attention, task)
    sources = tuple(step.labels.reshape(-1, view.rows, view.cols) for step in outcome.steps)
    record = {
        "version": VERSION,
        "model": backbone.label,
        "attention": attention,
        "frames": len(clip.frames),
        "times": list(clip.times),
        "rows": view.rows,
        "columns": view.cols,
        "algorithm": config.algorithm,
        "r": r_in_json(config.r),
        "tokens": [step.tokens for step in outcome.steps],
        "spanning": [clip_run.spanning(step) for step in outcome.steps[1:]],
        "gflops": outcome.gflops,
        "class_cosine": clip_run.cosine(plain, outcome),
        "labels": [source.tolist() for source in sources[1:]],
    }
    return ClipRun(clip_run.pixels(backbone, clip, view), view, sources, record)
