"""The record of a sound: Whisper's merged encoder, and the transcript of its decoder."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np

from explorer.engine.packaged import Packaged
from explorer.engine.task import Task
from explorer.media import sounds
from explorer.media.files import File
from explorer.memory.shelf import Shelf
from explorer.records import build
from explorer.records.build import Json
from explorer.records.errors import BadQuery
from explorer.records.files import read
from explorer.records.query import Query
from explorer.records.schema import Record
from tome.config import MergeConfig
from tome.matching import ALGORITHMS
from tome.media.kinds import Sound

__all__ = ["SoundSource", "source", "spectrogram", "wave"]

HEIGHT = 320


@dataclass(frozen=True, eq=False)
class SoundSource:
    """A sound and Whisper: the source of runs."""

    whisper: Packaged
    file: File
    sound: Sound
    asked: str

    @property
    def merged(self) -> Any:
        """The module whose tokens merge."""
        return self.whisper.model.model

    @property
    def key(self) -> tuple:
        return (self.whisper.key, self.file.digest, self.file.name)

    def record(self, config: MergeConfig, shelf: Shelf, task: Task) -> Record:
        """Return the record, run now in this thread; the plain transcript is kept on ``shelf``."""
        import torch

        import tome
        from tome.speech.words import word_changes

        speech = self.whisper.model
        features = speech.log_mel(torch.from_numpy(self.sound.waveform.copy()))
        plain = shelf.get(("plain sound", *self.key))
        if plain is None:
            task.note = "Whisper listens, plain"
            plain = _Plain(speech.transcribe(features, on_token=task.check))
            shelf.put(("plain sound", *self.key), plain)
        task.check()
        task.note = "Whisper listens, merged"
        with torch.inference_mode():
            _, trace = tome.trace(speech.model, features, config, on_block=task.check)
        merged = speech.transcribe(features, config, on_token=task.check)
        changes = word_changes(plain.text, merged)
        away, silent = _gone(trace.source()[0].numpy(), sounds.silent(self.sound))
        told = build.record(
            _picture(self),
            trace,
            build.caption([self.whisper.label], config),
            figures=build.cost(speech.model, config),
            plain=build.cost(speech.model, MergeConfig(r=0)),
            sound={
                "seconds": self.sound.duration,
                "step": sounds.STEP,
                "plain": plain.text,
                "merged": merged,
                "words": changes.words,
                "changed": changes.changed,
                "away": away,
                "silent": silent,
            },
        )
        return Record(**told)


@dataclass(frozen=True)
class _Plain:
    text: str
    nbytes: int = 1000


def source(whisper: Packaged, query: Query) -> SoundSource:
    """Return the source of ``query``.  Raises BadQuery if it cannot be read or run."""
    if query.model != "embedded":
        raise BadQuery("model", "must be one for sounds, or left out for Whisper tiny.en", query.model)
    if ALGORITHMS[query.config.algorithm].needs_class_token:
        raise BadQuery("algorithm", "must not need a class token: Whisper has none", query.config.algorithm)
    return SoundSource(whisper, *_read(query), query.sound)


def spectrogram(query: Query) -> bytes:
    """Return the spectrogram of the sound of ``query`` as a PNG.  Raises BadQuery.

    Whisper's by default; with ``seconds``, that of a model with an input of this length, in frames of 10 ms.
    """
    sound = _read(query)[1]
    if query.seconds is None:
        return sounds.picture(sound, HEIGHT)
    if query.seconds > sounds.LONGEST:
        raise BadQuery("seconds", f"must be at most {sounds.LONGEST}", str(query.seconds))
    return sounds.filter_bank(sound, round(100 * query.seconds))


def wave(query: Query) -> bytes:
    """Return the sound of ``query`` as a WAV.  Raises BadQuery."""
    return sounds.wave_file(_read(query)[1])


def _read(query: Query) -> tuple[File, Sound]:
    return read("sound", query.sound, sounds.FILES, sounds.waveform)


def _gone(labels: np.ndarray, silence: np.ndarray) -> tuple[int, int]:
    """Return the number of removed tokens, and how many were silence: in a group with sound, all its silent ones."""
    left = len(np.unique(labels[labels >= 0]))
    with_sound = len(np.unique(labels[(labels >= 0) & ~silence]))
    return len(labels) - left, int(silence.sum()) - (left - with_sound)


def _picture(source: SoundSource) -> Json:
    width, height = sounds.STEPS, HEIGHT
    colours = sounds.coloured(sounds.spectrogram(source.sound).mean(0))
    return {
        "name": source.file.name,
        "picture": {
            "src": "api/v1/spectrogram?" + urlencode({"sound": source.asked}),
            "width": width,
            "height": height,
        },
        "view": {"x": 0, "y": 0, "width": width, "height": height},
        "grid": [1, sounds.STEPS],
        "colours": build.base64(colours),
    }
