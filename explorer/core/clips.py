"""Clips by name or digest: the samples, and those of the sessions that are open; and their frames."""

import atexit
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
from PIL import Image

from explorer.core.images import Picture
from explorer.core.names import display_name
from explorer.core.shelf import Shelf
from tome.media.decode import read_clip
from tome.media.kinds import BadMedia, Clip, Limits
from tome.media.worker import Worker

__all__ = ["FORMATS", "LIMITS", "SAMPLES", "BadMedia", "ClipFile", "frames", "hold", "named", "picture", "sheet"]

FOLDER = Path(__file__).parents[1] / "_sample_clips"  # the top-level folder, which a wheel carries here
SAMPLES = ("bunny", "dog-pan")
FORMATS = ("mp4", "webm", "mov", "gif")
LIMITS = Limits(content=20 * 2**20, seconds=120.0, cpu_seconds=10, wall_seconds=20.0)
LONGEST = 480
"""pixels of a frame's longer side, as it is drawn and as the model gets it"""


@dataclass(frozen=True, eq=False)
class ClipFile:
    """The bytes of a clip, not yet decoded."""

    content: bytes
    digest: str
    """SHA-256 of ``content``, hex"""
    name: str
    """for display"""

    @classmethod
    def of(cls, content: bytes, name: str) -> "ClipFile":
        return cls(content, sha256(content).hexdigest(), display_name(name))


@dataclass(frozen=True, eq=False)
class _Kept:
    clip: Clip

    @property
    def nbytes(self) -> int:
        return self.clip.frames.nbytes


_own: WeakValueDictionary[str, ClipFile] = WeakValueDictionary()
_decoded = Shelf(megabytes=96)


@cache
def _worker() -> Worker:
    worker = Worker(LIMITS)
    atexit.register(worker.close)
    return worker


@cache
def _sample(name: str) -> ClipFile:
    return ClipFile.of((FOLDER / f"{name}.mp4").read_bytes(), f"{name}.mp4")


def named(name: str) -> ClipFile:
    """Return a sample by name, or an uploaded clip by digest.  Raises KeyError where there is none."""
    return _sample(name) if name in SAMPLES else _own[name]


def hold(file: ClipFile) -> None:
    """Let ``named`` find ``file`` for as long as its session keeps it."""
    _own[file.digest] = file


def frames(file: ClipFile, count: int, start: float = 0.0, seconds: float | None = None) -> Clip:
    """Return ``count`` frames at the middles of equal parts of the clip.  Raises BadMedia, naming the file."""
    key = (file.digest, count, start, seconds)
    known = _decoded.get(key)
    if known is None:
        try:
            clip = read_clip(file.content, count, start=start, seconds=seconds, longest=LONGEST, worker=_worker())
        except BadMedia as reason:
            raise BadMedia(f"“{file.name}” was not taken. {reason}") from None
        known = _Kept(clip)
        _decoded.put(key, known)
    return known.clip


def picture(clip: Clip, frame: int) -> Picture:
    """Return one frame as a photo."""
    return Picture(pixels=clip.frames[frame], digest="", name="", note="")


def sheet(clip: Clip, quality: int = 85) -> bytes:
    """Return a JPEG of all frames, one below the other."""
    stream = BytesIO()
    Image.fromarray(np.concatenate(list(clip.frames))).save(stream, "JPEG", quality=quality)
    return stream.getvalue()
