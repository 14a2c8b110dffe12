"""The record of a sound through AudioMAE or AST: tokens of a spectrogram, and the recognised classes."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import numpy as np

from explorer.engine.media_models import SoundModel
from explorer.engine.task import Task
from explorer.media import sounds
from explorer.media.files import File
from explorer.memory.shelf import Shelf
from explorer.records import build
from explorer.records.build import Json
from explorer.records.clips import layer_of
from explorer.records.errors import BadQuery
from explorer.records.files import read
from explorer.records.query import Query
from explorer.records.schema import VERSION, Record
from tome.config import MergeConfig
from tome.matching import ALGORITHMS
from tome.media.kinds import Sound

if TYPE_CHECKING:
    from torch import Tensor

    from tome import Trace

__all__ = ["ClassSource", "source"]

TOP = 5


@dataclass(frozen=True, eq=False)
class ClassSource:
    """A sound and a spectrogram model: the source of runs."""

    backbone: SoundModel
    file: File
    sound: Sound
    asked: str

    @property
    def merged(self) -> Any:
        """The module whose tokens merge."""
        return self.backbone.model

    @property
    def key(self) -> tuple:
        return (self.backbone.key, self.file.digest, self.file.name)

    def record(self, config: MergeConfig, shelf: Shelf, task: Task) -> Record:
        """Return the record, run now in this thread; the plain scores are kept on ``shelf``."""
        import torch
        import torch.nn.functional as F

        spectrogram = self.backbone.layout.spectrogram(torch.from_numpy(self.sound.waveform.copy()))
        plain = shelf.get(("plain classes", *self.key))
        if plain is None:
            scores, _ = self._run(spectrogram, MergeConfig(r=0), task, "plain")
            plain = _Scores(scores)
            shelf.put(("plain classes", *self.key), plain)
        scores, trace = self._run(spectrogram, config, task, "merged")
        return Record(
            version=VERSION,
            **_picture(self, spectrogram),
            caption=build.caption([self.backbone.label], config),
            prefix=trace.prefix,
            depth=len(trace.layers),
            layers=[layer_of(step) for step in self._steps(trace)],
            figures=build.cost(self.backbone.model, config) | {"top": self._top(scores)},
            plain=build.cost(self.backbone.model, MergeConfig(r=0)) | {"top": self._top(plain.scores)},
            class_cosine=F.cosine_similarity(scores, plain.scores, dim=0).item(),
            heard=_heard(self),
        )

    def _run(self, spectrogram: "Tensor", config: MergeConfig, task: Task, what: str) -> "tuple[Tensor, Trace]":
        import torch

        import tome
        from tome.models.spectrograms import logits

        def progress(layer: int, _: object) -> None:
            task.check()
            task.note = f"{self.backbone.label}: layer {layer + 1}, {what}"

        with torch.inference_mode():
            output, trace = tome.trace(
                self.backbone.model, self.backbone.layout.inputs(spectrogram[None]), config, on_block=progress
            )
        return logits(output)[0], trace

    def _steps(self, trace: "Trace") -> list[Any]:
        """Return the steps with patches in the picture's order: high bands first, time to the right."""
        from dataclasses import replace

        import torch

        from explorer.engine.clip_run import steps_of

        layout = self.backbone.layout
        rows, cols = layout.grid if layout.bands_first else layout.grid[::-1]

        def drawn(labels: np.ndarray) -> np.ndarray:
            return layout.on_bands(torch.from_numpy(labels.reshape(-1))).flip(0).reshape(1, rows * cols).numpy()

        return [replace(step, labels=drawn(step.labels)) for step in steps_of(trace, 1, rows * cols)]

    def _top(self, scores: "Tensor") -> list[tuple[str, float]]:
        """Return the classes with the highest scores: independent probabilities, since sounds overlap."""
        found = scores.sigmoid().topk(min(TOP, len(self.backbone.classes)))
        return [
            (self.backbone.classes[index], value)
            for value, index in zip(found.values.tolist(), found.indices.tolist(), strict=True)
        ]


@dataclass(frozen=True)
class _Scores:
    scores: Any

    @property
    def nbytes(self) -> int:
        return self.scores.nbytes


def source(model: SoundModel, query: Query) -> ClassSource:
    """Return the source of ``query``.  Raises BadQuery if it cannot be read or run."""
    if ALGORITHMS[query.config.algorithm].needs_class_token:
        raise BadQuery("algorithm", "must not need the attention of one class token", query.config.algorithm)
    file, sound = read("sound", query.sound, sounds.FILES, sounds.waveform)
    return ClassSource(model, file, sound, query.sound or "")


def _heard(source: ClassSource) -> Json:
    layout = source.backbone.layout
    time = 1 if layout.bands_first else 0
    return {
        "seconds": source.sound.duration,
        "heard": min(source.sound.duration, layout.frames / 100),
        "step": layout.stride[time] / 100,
        "width": layout.frames / 100,
        "overlap": layout.patch != layout.stride,
    }


def _picture(source: ClassSource, spectrogram: "Tensor") -> Json:
    """Return the fields of a spectrogram; overlapping patches get the cell around their middle."""
    layout = source.backbone.layout
    bands, time = (0, 1) if layout.bands_first else (1, 0)
    rows, cols = layout.grid[bands], layout.grid[time]
    high, wide = layout.stride[bands], layout.stride[time]
    left, low = ((layout.patch[axis] - layout.stride[axis]) // 2 for axis in (time, bands))
    height = spectrogram.shape[-1]
    top = height - low - rows * high
    shares = sounds.shares(spectrogram[0].T.numpy()[::-1])
    cells = shares[top : top + rows * high, left : left + cols * wide].reshape(rows, high, cols, wide)
    address = urlencode({"sound": source.asked, "seconds": layout.frames / 100})
    return {
        "name": source.file.name,
        "picture": {"src": "api/v1/spectrogram?" + address, "width": layout.frames, "height": height},
        "view": {"x": left, "y": top, "width": cols * wide, "height": rows * high},
        "grid": [rows, cols],
        "colours": build.base64(sounds.coloured(cells.mean(axis=(1, 3)))),
    }
