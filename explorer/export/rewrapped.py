"""The words of a text in rows of another length, where their letters would be too small."""

from base64 import b64decode, b64encode
from dataclasses import replace

import numpy as np

from explorer.export.lettering import HIGH, WIDE
from explorer.export.tiles import Story
from explorer.export.words import width_of
from explorer.records.schema import DROPPED

__all__ = ["rewrapped"]


def rewrapped(story: Story, width: float, size: float) -> Story:
    """Return a text with as many words in a row of ``width`` as can have letters of ``size``, no more than before."""
    size = np.ceil(size) + 0.5  # lettering rounds down
    longest = max(width_of(word, size) for word in story.words)
    cols = max(1, min(story.record.grid[1], int(WIDE * width / longest)))
    return _in_rows(story, cols, width, size / HIGH)


def _in_rows(story: Story, cols: int, width: float, high: float) -> Story:
    """Return a text with ``cols`` words in a row ``high`` units high."""
    record, count = story.record, len(story.words)
    rows = -(-count // cols)
    layers = [
        layer.model_copy(update={"labels": _cells(layer.labels, "<u2", 1, count, rows * cols, DROPPED)})
        for layer in record.layers
    ]
    size = {"width": round(width), "height": round(rows * high)}
    changed = {
        "grid": (rows, cols),
        "layers": layers,
        "colours": _cells(record.colours, np.uint8, 3, count, rows * cols, 0),
        "picture": record.picture.model_copy(update=size),
        "view": record.view.model_copy(update={"x": 0, "y": 0, **size}),
    }
    rival = story.rival and _in_rows(story.rival, cols, width, high)
    return replace(story, record=record.model_copy(update=changed), rival=rival)


def _cells(told: str, kind, values: int, count: int, cells: int, rest: int) -> str:
    """Return the first ``count`` cells of an encoded array, then ``rest`` up to ``cells``."""
    found = np.full((cells, values), rest, kind)
    found[:count] = np.frombuffer(b64decode(told), kind).reshape(-1, values)[:count]
    return b64encode(found.tobytes()).decode()
