"""A Story: the small JSON record from which the viewer draws every layer without asking again."""

from base64 import b64encode
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.core.images import Picture
from explorer.core.views import View, crop_and_resize, thumbnail_data_url

if TYPE_CHECKING:
    from tome import LayerTrace, Trace

__all__ = ["VERSION", "Story", "portrait", "tell", "tell_layers", "untold"]

VERSION = 1
DROPPED = 0xFFFF

Story = dict[str, Any]


def portrait(picture: Picture, view: View) -> Story:
    """The part of a Story that hangs on the photo alone: it costs a JPEG, so callers keep it while r changes."""
    src, width, height = thumbnail_data_url(picture, 960, 80)
    scale = width / picture.pixels.shape[1]
    return {
        "name": picture.name,
        "picture": {"src": src, "width": width, "height": height},
        "view": {side: getattr(view, side) * scale for side in ("x", "y", "width", "height")},
        "grid": [view.rows, view.cols],
        "colours": _text(_mean_colours(picture, view)),
    }


def tell(portrait: Story, trace: "Trace", caption: str = "", image: int = 0) -> Story:
    """The Story of photo ``image`` of the traced batch.

    ``layers[0]`` is the input and ``layers[i]`` the tokens after block ``i``.  Labels and edges count tokens
    without the prefix; edges of ``layers[i]`` use the numbers of ``layers[i − 1]``.
    """
    return tell_layers(portrait, trace.layers, trace.prefix, len(trace.layers), caption, image)


def tell_layers(
    portrait: Story, steps: "Sequence[LayerTrace]", prefix: int, depth: int, caption: str = "", image: int = 0
) -> Story:
    """The same of a run that may be on its way: ``steps`` are those of its first blocks, of ``depth`` in all."""
    n_in = steps[0].grouping.n_in
    patches = np.arange(n_in - prefix)
    groups = accumulate((step.grouping for step in steps), lambda before, step: before.then(step))
    labels = [grouping.group[image, prefix:].cpu().numpy() - prefix for grouping in groups]
    return {
        "version": VERSION,
        **portrait,
        "prefix": prefix,
        "depth": depth,
        "layers": [
            {"tokens": n_in, "labels": _labels(patches), "source": [], "destination": [], "similarity": []},
            *(_layer(step, kept, prefix, image) for step, kept in zip(steps, labels, strict=True)),
        ],
        "caption": caption,
    }


def untold(portrait: Story) -> Story:
    """The Story of a run that is not there: the photo and its patches, and no layer after the input."""
    rows, columns = portrait["grid"]
    labels = _labels(np.arange(rows * columns))
    start = {"tokens": rows * columns, "labels": labels, "source": [], "destination": [], "similarity": []}
    return {"version": VERSION, **portrait, "prefix": 0, "layers": [start], "caption": ""}


def _layer(step: "LayerTrace", labels: np.ndarray, prefix: int, image: int) -> Story:
    return {
        "tokens": int((step.size[image] > 0).sum()),
        "labels": _labels(labels),
        "source": (step.source[image] - prefix).tolist(),
        "destination": (step.destination[image] - prefix).tolist(),
        "similarity": [round(value, 4) for value in step.similarity[image].tolist()],
    }


def _labels(labels: np.ndarray) -> str:
    return _text(np.where(labels < 0, DROPPED, labels).astype("<u2"))


def _mean_colours(picture: Picture, view: View) -> np.ndarray:
    values = crop_and_resize(picture, view, "bilinear").reshape(view.rows, view.patch, view.cols, view.patch, 3)
    return values.mean(axis=(1, 3)).round().astype(np.uint8)


def _text(values: np.ndarray) -> str:
    return b64encode(np.ascontiguousarray(values).tobytes()).decode()
