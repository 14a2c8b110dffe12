"""The record of a clip through a clip model, whose tokens are tubelets."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from explorer.engine.media_models import VideoModel
from explorer.engine.task import Task
from explorer.locale.language import mark
from explorer.media import clips
from explorer.media.files import File
from explorer.media.views import View, fit
from explorer.memory.guard import room_for
from explorer.memory.shelf import Shelf
from explorer.records import build
from explorer.records.clips import PAIR_BYTES, coloured, figures, layer_of
from explorer.records.errors import BadQuery
from explorer.records.files import read
from explorer.records.query import Query
from explorer.records.schema import VERSION, Record
from tome.config import MergeConfig
from tome.matching import ALGORITHMS
from tome.media.kinds import Clip

__all__ = ["TubeletSource", "source"]

CAPTION = mark("{frames} frames, {tubelet} per token")
"""caption part, listed for the catalogue"""


@dataclass(frozen=True, eq=False)
class TubeletSource:
    """Frames of a clip and a clip model: the source of runs."""

    backbone: VideoModel
    file: File
    seen: Clip
    """frames of the model's input"""
    clip: Clip
    """frames of the drawing, one from the middle of each tubelet"""
    view: View
    address: str

    @property
    def merged(self) -> Any:
        """The module whose tokens merge."""
        return self.backbone.model

    @property
    def key(self) -> tuple:
        return (self.backbone.key, self.file.digest, self.file.name, self.seen.times, self.view)

    def record(self, config: MergeConfig, shelf: Shelf, task: Task) -> Record:
        """Return the record, run now in this thread; the plain run is kept on ``shelf``.  Raises Busy."""
        with room_for(PAIR_BYTES * (self.view.rows * self.view.cols * len(self.clip.times)) ** 2):
            return self._record(config, shelf, task)

    def _record(self, config: MergeConfig, shelf: Shelf, task: Task) -> Record:
        from explorer.engine import clip_run, video_run

        model = self.backbone
        plain = shelf.get(("plain tubelets", *self.key))
        if plain is None:
            plain = video_run.plain_run(model, self.seen, self.view, task)
            shelf.put(("plain tubelets", *self.key), plain)
        outcome = video_run.run(model, self.seen, self.view, config, task, "merged")
        words = [model.label, f"{model.frames} frames, {model.tubelet} in a token"]
        _, height, width, _ = self.clip.frames.shape
        view = self.view
        return Record(
            version=VERSION,
            name=self.file.name,
            picture={"src": self.address, "width": width, "height": height},
            view={side: getattr(view, side) for side in ("x", "y", "width", "height")},
            grid=(view.rows, view.cols),
            colours=build.base64(coloured(self)),
            caption=build.caption(words, config),
            prefix=outcome.prefix,
            depth=len(outcome.steps) - 1,
            layers=[layer_of(step) for step in outcome.steps],
            figures=figures(model, outcome, outcome.output),
            plain=figures(model, plain, plain.output[0]),
            class_cosine=video_run.cosine(plain, outcome),
            frames={
                "times": list(self.clip.times),
                "attention": "joint",
                "spanning": [round(clip_run.spanning(step), 4) for step in outcome.steps],
            },
        )


OWN = ("frames", "size", "crop", "attention")
"""parameters of clips that a model of clips decides itself"""


def source(model: VideoModel, query: Query) -> TubeletSource:
    """Return the source of ``query``.  Raises BadQuery if it cannot be read or run, or gives a parameter without effect."""
    for name in OWN:
        if name in query.model_fields_set:
            raise BadQuery(name, "must be left out beside a model of clips: it has its own", str(getattr(query, name)))
    if ALGORITHMS[query.config.algorithm].needs_class_token:
        raise BadQuery(
            "algorithm", "must not need a class token: not all models for clips have one", query.config.algorithm
        )
    shown = model.frames // model.tubelet

    def decode(file: File) -> tuple[Clip, Clip]:
        counts = (model.frames, shown)
        return tuple(clips.frames(file, count, query.start, query.seconds) for count in counts)

    file, (seen, clip) = read("clip", query.clip, clips.FILES, decode)
    view = fit(clips.picture(clip, 0), model.patch, (model.side // model.patch) ** 2, "square", query.offset)
    part = query.model_dump(include={"clip", "start", "seconds"}, exclude_defaults=True) | {"frames": shown}
    return TubeletSource(model, file, seen, clip, view, "api/v1/frames?" + urlencode(part))
