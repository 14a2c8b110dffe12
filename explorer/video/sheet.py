"""The contact sheet of a clip: a row for each chosen layer, a column for each frame."""

from base64 import b64decode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from PIL import Image, ImageDraw

from explorer.engine.clip_run import pixels
from explorer.media.views import View
from explorer.records.clips import ClipSource
from explorer.records.schema import DROPPED, Record

__all__ = ["ClipRun", "contact_sheet", "of_record", "painted"]

GAP, LINE = 6, 18
"""gap between pictures and height of a line of text, in pixels"""
INK, PAPER = (33, 33, 33), (255, 255, 255)


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


def contact_sheet(run: ClipRun, layers: Sequence[int], caption: str) -> Image.Image:
    """Draw ``layers`` of every frame (0 is the model's input), with token counts and a caption."""
    frames, height, width, _ = run.pixels.shape
    tokens = run.record["tokens"]
    sheet = Image.new(
        "RGB", (frames * (width + GAP) + GAP, len(layers) * (height + GAP + LINE) + GAP + 2 * LINE), PAPER
    )
    draw = ImageDraw.Draw(sheet)
    for row, layer in enumerate(layers):
        top = GAP + row * (height + GAP + LINE)
        words = (
            "frames, as the model sees them" if layer == 0 else f"layer {layer}: {tokens[layer]} of {tokens[0]} tokens"
        )
        draw.text((GAP, top), words, fill=INK)
        for frame, picture in enumerate(painted(run, layer)):
            sheet.paste(Image.fromarray(picture), (GAP + frame * (width + GAP), top + LINE))
    draw.text((GAP, sheet.height - 2 * LINE), caption, fill=INK)
    return sheet


def of_record(record: Record, source: ClipSource, layers: Sequence[int]) -> Image.Image:
    """Draw the contact sheet of a record of ``source``."""
    shape = (len(record.frames.times), *record.grid)
    labels = [np.frombuffer(b64decode(layer.labels), "<u2").astype(int).reshape(shape) for layer in record.layers]
    run = ClipRun(
        pixels(source.backbone, source.clip, source.view),
        source.view,
        tuple(np.where(each == DROPPED, -1, each) for each in labels),
        {"tokens": [layer.tokens for layer in record.layers]},
    )
    return contact_sheet(run, layers, f"{record.name} · {record.caption} · an image model, no video model")


def painted(run: ClipRun, layer: int) -> np.ndarray:
    """Return the frames with each token in its mean colour and outlined, uint8 [T, H, W, 3]; ``layer`` 0 is unpainted."""
    if layer == 0:
        return run.pixels
    patch, source = run.view.patch, run.sources[layer]
    wide = source.repeat(patch, 1).repeat(patch, 2)
    colours = _mean_colours(run, source)
    out = np.where(wide[..., None] >= 0, colours[wide], 90).astype(np.uint8)
    edge = np.zeros(wide.shape, bool)
    edge[:, :-1] |= wide[:, :-1] != wide[:, 1:]
    edge[:, :, :-1] |= wide[:, :, :-1] != wide[:, :, 1:]
    out[edge] = out[edge] // 2
    return out


def _mean_colours(run: ClipRun, source: np.ndarray) -> np.ndarray:
    """Return the mean colour of each token over all its patches in all frames, float [tokens, 3]."""
    frames, rows, columns = source.shape
    patch = run.view.patch
    patches = run.pixels.reshape(frames, rows, patch, columns, patch, 3).mean((2, 4)).reshape(-1, 3)
    labels = source.reshape(-1)
    kept, count = labels >= 0, np.bincount(labels[labels >= 0], minlength=labels.max() + 1)
    total = [np.bincount(labels[kept], patches[kept, channel], minlength=len(count)) for channel in range(3)]
    return np.stack(total, 1) / np.maximum(count, 1)[:, None]
