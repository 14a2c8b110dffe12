"""Build the record for the browser from a trace."""

from base64 import b64encode
from collections.abc import Sequence
from itertools import accumulate
from typing import TYPE_CHECKING, Any

import numpy as np

from explorer.engine.choices import chosen, schedule_name
from explorer.locale.language import mark
from explorer.media.images import Picture
from explorer.media.views import View, crop_and_resize, thumbnail
from explorer.records.schema import DROPPED, VERSION, Record
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

if TYPE_CHECKING:
    from explorer.engine.forward import Outcome
    from tome import LayerTrace, Trace

__all__ = [
    "base64", "caption", "coded", "cost", "figures", "photo_part", "record", "record_of_input", "record_of_steps",
    "with_jpeg", "with_photo",
]  # fmt: skip

DATA = "data:image/jpeg;base64,"
EACH = mark("r per layer")
RATES = (
    mark("r = {r}, decreasing"), mark("r = {r}, constant"), mark("r = {r}, increasing"),
    mark("r = {r}, decreasing (inflection {inflection})"), mark("r = {r}, increasing (inflection {inflection})"),
)  # fmt: skip
"""what a caption says of r, listed for the catalogue"""
Json = dict[str, Any]
"""a Record as plain data"""


def photo_part(picture: Picture, view: View, src: str | None = None) -> Json:
    """Return the fields of a record that depend on the photo alone; ``src`` is its address, or the photo itself if None."""
    jpeg, width, height = thumbnail(picture)
    scale = width / picture.pixels.shape[1]
    return {
        "name": picture.name,
        "picture": {
            "src": src or DATA + b64encode(jpeg).decode(),
            "width": width,
            "height": height,
        },
        "view": {side: getattr(view, side) * scale for side in ("x", "y", "width", "height")},
        "grid": [view.rows, view.cols],
        "colours": base64(_mean_colours(picture, view)),
    }


def caption(words: Sequence[str], config: MergeConfig, share: Sequence[str] = ()) -> str:
    """Return ``words`` and the configuration in words, without what is the default; ``share`` says more of r."""
    r = config.r
    rate = f"r = {r}" if isinstance(r, int) else f"r = {r[0]}, {schedule_name(r)}" if isinstance(r, tuple) else EACH
    merged = [] if config.algorithm == "bipartite" else [ALGORITHMS[config.algorithm].label]
    return " · ".join([*words, rate, *share, *merged, *chosen(config)])


def cost(model: Any, config: MergeConfig, size: Any = None) -> Json:
    """Return the figures of a run of a model without a head."""
    from tome.metrics.cost import block_gflops, gflops, shape_of

    return {"gflops": gflops(model, config, size), "block_gflops": list(block_gflops(shape_of(model, size), config))}


def record(photo: Json, trace: "Trace", caption: str = "", image: int = 0, **more: Any) -> Json:
    """Return the record of sample ``image`` of the traced batch; ``more`` are its figures.

    ``layers[0]`` is the input and ``layers[i]`` the tokens after block ``i``.
    """
    return record_of_steps(photo, trace.layers, trace.prefix, len(trace.layers), caption, image) | more


def record_of_steps(
    photo: Json, steps: "Sequence[LayerTrace]", prefix: int, depth: int, caption: str = "", image: int = 0
) -> Json:
    """Return the record of a running forward: ``steps`` are those of its first blocks, out of ``depth``."""
    groups = accumulate((step.grouping for step in steps), lambda before, step: before.then(step))
    labels = [grouping.group[image, prefix:].cpu().numpy() - prefix for grouping in groups]
    cells = photo["grid"][0] * photo["grid"][1]
    after = [_layer(step, kept, prefix, image, cells) for step, kept in zip(steps, labels, strict=True)]
    patches = steps[0].grouping.n_in - prefix if steps else None
    start = record_of_input(photo, prefix, depth, caption, patches)
    return {**start, "layers": [*start["layers"], *after]}


def record_of_input(photo: Json, prefix: int, depth: int, caption: str = "", patches: int | None = None) -> Json:
    """Return the record before the run: its only layer is the input.

    ``patches`` may be fewer than the cells of the grid; the rest stays empty.
    """
    cells = photo["grid"][0] * photo["grid"][1]
    patches = cells if patches is None else patches
    start = {"tokens": prefix + patches, "labels": coded(np.arange(patches), cells)}
    return {
        "version": VERSION,
        **photo,
        "prefix": prefix,
        "depth": depth,
        "layers": [{**start, "source": [], "destination": [], "similarity": []}],
        "caption": caption,
    }


def figures(outcome: "Outcome") -> Json:
    """Return the figures of a run."""
    return {
        "gflops": outcome.gflops,
        "block_gflops": list(outcome.block_gflops),
        "top": [list(each) for each in outcome.top],
    }


def with_photo(told: Record, picture: Picture) -> Json:
    """Return a record as plain data with the photo embedded, for a standalone page."""
    return with_jpeg(told, thumbnail(picture)[0])


def with_jpeg(told: Record, jpeg: bytes) -> Json:
    """Return a record as plain data with the given picture; for a clip its frames, stacked vertically."""
    plain = told.model_dump(mode="json")
    return {**plain, "picture": {**plain["picture"], "src": DATA + b64encode(jpeg).decode()}}


def base64(values: np.ndarray) -> str:
    """Return the bytes of ``values``, in C order, as base64."""
    return b64encode(np.ascontiguousarray(values).tobytes()).decode()


def _layer(step: "LayerTrace", labels: np.ndarray, prefix: int, image: int, cells: int) -> Json:
    return {
        "tokens": int((step.size[image] > 0).sum()),
        "labels": coded(labels, cells),
        "source": (step.source[image] - prefix).tolist(),
        "destination": (step.destination[image] - prefix).tolist(),
        "similarity": [round(value, 4) for value in step.similarity[image].tolist()],
    }


def coded(labels: np.ndarray, cells: int | None = None) -> str:
    """Return the token of each patch in the encoding of a record; cells beyond the last patch count as dropped."""
    found = np.where(labels < 0, DROPPED, labels).astype("<u2").reshape(-1)
    return base64(np.pad(found, (0, (cells or len(found)) - len(found)), constant_values=DROPPED))


def _mean_colours(picture: Picture, view: View) -> np.ndarray:
    values = crop_and_resize(picture, view, "bilinear").reshape(view.rows, view.patch, view.cols, view.patch, 3)
    return values.mean(axis=(1, 3)).round().astype(np.uint8)
