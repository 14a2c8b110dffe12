"""A clip through an image model, written as a contact sheet and a record."""

import json
from io import BytesIO
from pathlib import Path

import tome
from explorer.engine import clip_run
from explorer.engine.choices import r_in_json
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.engine.weights import sha256_of
from explorer.locale.numbers import number
from explorer.media import clips
from explorer.media.names import write_about
from explorer.media.views import fit
from explorer.records.query import MOST_PATCHES
from explorer.video.sheet import ClipRun, contact_sheet
from tome.lab.command import r_to_text
from tome.media.decode import read_clip
from tome.media.kinds import BadMedia, Clip

__all__ = ["run_clip", "write_clip"]

VERSION = 2


def write_clip(
    path: Path, backbone: Backbone, config: tome.MergeConfig, side: int, frames: int, attention: str, folder: Path
) -> str:
    """Write the sheet (PNG) and the record (JSON) of the clip at ``path`` into ``folder``; return the figures as text.

    Raises BadMedia for an unreadable file.
    """
    clip = read_clip(path, frames)
    run = run_clip(backbone, clip, config, side, attention, Task(path.name))
    record = run.record | {"clip": path.name, "image_model": "knows images, not motion"}
    caption = (
        f"{path.stem} · {backbone.label}, {attention}: an image model, no video model · r = {r_to_text(config.r)} · "
        f"{config.algorithm} · class cosine {record['class_cosine']:.4f}"
    )
    depth = len(run.sources) - 1
    layers = sorted({0, *(round(depth * part / 3) for part in (1, 2, 3))})
    image = BytesIO()
    contact_sheet(run, layers, caption).save(image, "PNG")
    contents = {"-frames.png": image.getvalue(), "-frames.json": json.dumps(record).encode()}
    target, _ = write_about(path, folder, sha256_of(path), contents)
    tokens, spanning = record["tokens"], record["spanning"][-1]
    return (
        f"{target}: {tokens[0]} → {tokens[-1]} tokens over {frames} frames, {100 * spanning:.0f} % of the merged "
        f"ones span frames, class cosine {record['class_cosine']:.4f}"
    )


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
            f"--frames and --side must leave at most {number(MOST_PATCHES)} patches in all frames; "
            f"these are {number(patches)}."
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
