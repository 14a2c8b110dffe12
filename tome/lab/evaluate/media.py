"""Labelled clips and sounds as model inputs: a folder per class, or a table of labels."""

import csv
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from weakref import finalize

import torch
import torch.nn.functional as F
from jaxtyping import Float, UInt8
from torch import Tensor
from torch.utils.data import Dataset
from torchvision.datasets import DatasetFolder

from tome.media.decode import Worker, read_clip, read_sound
from tome.media.spectrogram import audioset_input

__all__ = ["CLIPS", "RATE", "ClipReader", "Sounds", "clip_folder", "prepared_clip", "read_spectrogram"]

CLIPS = (".mp4", ".webm", ".mkv", ".mov", ".avi", ".m4v", ".gif")
RATE = 16_000
"""samples per second that AudioMAE hears"""


class ClipReader:
    """Reads ``frames`` of a clip, evenly spaced over the clip or over ``seconds`` around its middle.

    Called with a path, returns uint8 [T, H, W, 3].  Each reading process has one decoding worker.
    """

    def __init__(self, frames: int, seconds: float | None = None):
        self.frames, self.seconds = frames, seconds
        self._worker: tuple[int, Worker] | None = None

    def __call__(self, path: str | Path) -> UInt8[Tensor, "t h w 3"]:
        if self._worker is None or self._worker[0] != os.getpid():  # which a loader's process inherits
            self._worker = os.getpid(), Worker()
            finalize(self, self._worker[1].close)
        worker, start = self._worker[1], 0.0
        if self.seconds is not None:
            start = max(0.0, (read_clip(path, 1, worker=worker).duration - self.seconds) / 2)
        clip = read_clip(path, self.frames, start=start, seconds=self.seconds, worker=worker)
        return torch.from_numpy(clip.frames.copy())


def prepared_clip(
    frames: UInt8[Tensor, "t h w 3"],
    size: tuple[int, int],
    mean: tuple[float, ...],
    std: tuple[float, ...],
    frames_first: bool = False,
) -> Float[Tensor, "first second height width"]:
    """Return ``frames`` scaled to cover ``size`` (height, width), cropped to its middle and normalised.

    The colours are the first axis and the frames the second, or the other way round.
    """
    images = frames.permute(0, 3, 1, 2).float() / 255
    scale = max(size[0] / images.shape[2], size[1] / images.shape[3])
    cover = [max(want, round(scale * side)) for want, side in zip(size, images.shape[2:], strict=True)]
    images = F.interpolate(images, cover, mode="bilinear", antialias=True)
    top, left = ((side - want) // 2 for want, side in zip(size, cover, strict=True))
    images = images[:, :, top : top + size[0], left : left + size[1]]
    shift, spread = (torch.tensor(values)[:, None, None] for values in (mean, std))
    prepared = (images - shift) / spread
    return prepared if frames_first else prepared.transpose(0, 1)


def clip_folder(
    root: Path, read: Callable[[str], Tensor], prepare: Callable[[Tensor], Tensor], split: str = "val"
) -> DatasetFolder:
    """Return the clips below ``root``/``split``, a folder per class; labels follow the alphabetical order."""
    if not (root / split).is_dir():
        raise ValueError(
            f"data must be a folder with a folder {split!r} that has a folder of clips per class; got {root}"
        )
    return DatasetFolder(str(root / split), read, CLIPS, prepare)


class Sounds(Dataset[Any]):
    """Pairs of a sound, read by ``read``, and its multi-hot labels, float [classes].

    ``table`` is a CSV file with the columns ``file``, a path below ``root``, and ``labels``, class numbers from 0,
    separated by spaces.  Raises ValueError, naming the record, for labels outside the head's classes.
    """

    def __init__(self, root: Path, table: Path, classes: int, read: Callable[[Path], Tensor]):
        self.read, self.records = read, list[tuple[Path, Tensor]]()
        with table.open(newline="", encoding="utf-8") as file:
            rows = csv.DictReader(file)
            if missing := {"file", "labels"} - set(rows.fieldnames or ()):
                raise ValueError(f"{table.name} must have the columns file and labels; it lacks {', '.join(missing)}")
            for number, row in enumerate(rows, 1):
                self.records.append((root / row["file"], _labels(row["labels"], classes, f"{table.name}, {number}")))
        if not self.records:
            raise ValueError(f"{table.name} must name at least one sound")

    def __len__(self) -> int:
        return len(self.records)

    def __getitem__(self, index: int) -> tuple[Tensor, Tensor]:
        path, labels = self.records[index]
        return self.read(path), labels


def read_spectrogram(path: Path, frames: int) -> Float[Tensor, "1 {frames} 128"]:
    """Return AudioMAE's input: ``frames`` of 10 ms of the sound at ``path``."""
    sound = read_sound(path, RATE)
    return audioset_input(torch.from_numpy(sound.waveform.copy()), frames)[None]


def _labels(text: str | None, classes: int, where: str) -> Float[Tensor, " classes"]:
    parts = (text or "").split()
    if not all(part.isdecimal() and int(part) < classes for part in parts):
        raise ValueError(f"labels must be numbers from 0 to {classes - 1}; record {where} has {text!r}")
    labels = torch.zeros(classes)
    labels[[int(part) for part in parts]] = 1
    return labels
