"""The record of a clip: one sequence of all its frames, or each frame apart."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np

from explorer.engine.models import Backbone
from explorer.engine.task import Task
from explorer.locale.language import mark
from explorer.locale.numbers import number
from explorer.media import clips
from explorer.media.files import File
from explorer.media.views import View, fit
from explorer.memory.guard import room_for
from explorer.memory.shelf import Shelf
from explorer.records import build
from explorer.records.build import Json
from explorer.records.errors import BadQuery
from explorer.records.files import read
from explorer.records.query import MOST_PATCHES, Query
from explorer.records.schema import VERSION, Record
from tome.config import MergeConfig
from tome.matching import ALGORITHMS
from tome.media.kinds import Clip

if TYPE_CHECKING:
    from explorer.engine.clip_run import ClipOutcome, Plain, Step

__all__ = ["ClipSource", "coloured", "compared", "figures", "frames_sheet", "layer_of", "source"]

PAIR_BYTES = 16
"""memory of a run per pair of patches: 255 MB were measured with 4,096 patches"""

SHARE = mark("{share} a frame")
CAPTION = (mark("{count} frames"), mark("framewise"), mark("joint"), mark("frames-apart"))
"""caption parts, listed for the catalogue"""


@dataclass(frozen=True, eq=False)
class ClipSource:
    """Frames of a clip and a model: the source of runs."""

    backbone: Backbone
    file: File
    clip: Clip
    view: View
    size: int
    attention: str
    address: str
    """address of the frames, relative to the app's"""

    @property
    def merged(self) -> Any:
        """The module whose tokens merge."""
        import tome

        image = self.backbone.model
        apart = self.attention == "frames-apart"
        return image if apart else tome.FrameModel(image, len(self.clip.times), self.attention)

    @property
    def key(self) -> tuple:
        return (self.backbone.key, self.file.digest, self.file.name, self.clip.times, self.view, self.attention)

    def record(self, config: MergeConfig, shelf: Shelf, task: Task) -> Record:
        """Return the record, run now in this thread; the plain run is kept on ``shelf``.  Raises Busy."""
        with room_for(PAIR_BYTES * self.patches**2):
            return self._record(config, shelf, task)

    @property
    def patches(self) -> int:
        """Return the number of patches over all frames."""
        return len(self.clip.times) * self.view.rows * self.view.cols

    def _record(self, config: MergeConfig, shelf: Shelf, task: Task) -> Record:
        from explorer.engine import clip_run

        key = ("plain clip", self.backbone.key, self.file.digest, self.clip.times, self.view)
        plain = shelf.get(key)
        if plain is None:
            plain = clip_run.plain_run(self.backbone, self.clip, self.view, task)
            shelf.put(key, plain)
        outcome = clip_run.run(self.backbone, self.clip, self.view, config, self.attention, task)
        words = [self.backbone.label, f"{len(self.clip.times)} frames", self.attention]
        return Record(
            version=VERSION,
            **_picture(self),
            caption=build.caption(words, config, self._share(config)),
            prefix=outcome.prefix,
            depth=len(outcome.steps) - 1,
            layers=[layer_of(step) for step in outcome.steps],
            figures=figures(self.backbone, outcome, outcome.output),
            plain=figures(self.backbone, plain, plain.output.mean(0)),
            class_cosine=clip_run.cosine(plain, outcome),
            frames={
                "times": list(self.clip.times),
                "attention": self.attention,
                "spanning": [round(clip_run.spanning(step), 4) for step in outcome.steps],
            },
        )

    def _share(self, config: MergeConfig) -> list[str]:
        """Return r of one frame in words, where frames are apart."""
        from explorer.engine.clip_run import frame_r

        share = frame_r(config.r, len(self.clip.times)) if self.attention == "frames-apart" else []
        first = share[0] if isinstance(share, tuple) else share
        return [SHARE.format(share=first)] if isinstance(first, int) else []


def source(backbone: Backbone, query: Query) -> ClipSource:
    """Return the source of ``query``.  Raises BadQuery if it cannot be read or run."""
    from tome.hosts.registry import host_of
    from tome.hosts.timm_vit import TimmViT

    if type(host_of(backbone.model)) is not TimmViT:
        raise BadQuery("model", "must be a timm VisionTransformer for clips", query.model)
    algorithm = ALGORITHMS[query.config.algorithm]
    if algorithm.needs_class_token and query.attention != "joint":
        raise BadQuery("algorithm", "must not need a class token, except with joint attention", query.config.algorithm)
    if algorithm.ragged and query.attention == "frames-apart":
        raise BadQuery(
            "algorithm",
            "must merge equally many tokens in every frame with frames-apart attention",
            query.config.algorithm,
        )
    file, clip = _read(query)
    size, crop = (query.size, query.crop) if backbone.any_shape else (backbone.side, "square")
    view = fit(clips.picture(clip, 0), backbone.patch, max(1, size // backbone.patch) ** 2, crop, query.offset)
    if (patches := view.rows * view.cols * query.frames) > MOST_PATCHES:
        rule = f"must leave at most {number(MOST_PATCHES)} patches in all frames; these are {number(patches)}"
        raise BadQuery("frames", rule, str(query.frames))
    address = "api/v1/frames?" + urlencode(query.model_dump(include=set(_PART), exclude_defaults=True))
    return ClipSource(backbone, file, clip, view, size, query.attention, address)


_PART = ("clip", "frames", "start", "seconds")


def frames_sheet(query: Query) -> bytes:
    """Return the frames of ``query`` as one JPEG, stacked vertically.  Raises BadQuery."""
    _, clip = _read(query)
    return clips.sheet(clip)


def _read(query: Query) -> tuple[File, Clip]:
    return read(
        "clip",
        query.clip,
        clips.FILES,
        lambda file: clips.frames(file, query.frames, query.start, query.seconds),
    )


def _picture(source: ClipSource) -> Json:
    _, height, width, _ = source.clip.frames.shape
    view = source.view
    return {
        "name": source.file.name,
        "picture": {"src": source.address, "width": width, "height": height},
        "view": {side: getattr(view, side) for side in ("x", "y", "width", "height")},
        "grid": [view.rows, view.cols],
        "colours": build.base64(coloured(source)),
    }


def coloured(source: Any) -> np.ndarray:
    """Return the mean colour of every patch, uint8 [T, rows, columns, 3]; ``source`` has a backbone, a clip and a view."""
    from explorer.engine.clip_run import pixels

    view = source.view
    seen = pixels(source.backbone, source.clip, view)
    parts = seen.reshape(len(seen), view.rows, view.patch, view.cols, view.patch, 3)
    return parts.mean(axis=(2, 4)).round().astype(np.uint8)


def layer_of(step: "Step") -> Json:
    """Return one layer of a record."""
    return {
        "tokens": step.tokens,
        "labels": build.coded(step.labels),
        "source": list(step.source),
        "destination": list(step.destination),
        "similarity": [round(value, 4) for value in step.similarity],
    }


def compared(record: Record) -> Json:
    """Return the figures that are compared between kinds of attention."""
    return {
        "tokens": record.layers[-1].tokens,
        "gflops": round(record.figures.gflops, 4),
        "cosine": round(record.class_cosine, 6),
    }


def figures(backbone: Any, run: "ClipOutcome | Plain", output: Any) -> Json:
    """Return the figures of a run with the scores ``output``."""
    from explorer.engine.forward import likeliest

    return {
        "gflops": run.gflops,
        "block_gflops": list(run.block_gflops),
        "top": [list(each) for each in likeliest(backbone, output)],
    }
