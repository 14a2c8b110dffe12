"""Write results for a clip: contact sheet and record."""

import json
from io import BytesIO
from pathlib import Path

import tome
from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.engine.weights import sha256_of
from explorer.media.names import write_about
from explorer.video.compute import run_clip
from explorer.video.sheet import contact_sheet
from tome.lab.command import r_to_text
from tome.media.decode import read_clip

__all__ = ["write_clip"]


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
