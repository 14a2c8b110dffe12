"""Clips by name or digest, and their frames."""

from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.media.files import File, Files
from explorer.media.images import Picture
from tome.media.decode import read_clip
from tome.media.kinds import OFFERED, Clip, Limits

__all__ = ["FILES", "FORMATS", "SAMPLES", "frames", "picture", "sheet"]

FOLDER = Path(__file__).parents[1] / "_sample_clips"  # a link to the top-level folder; a copy in wheels
SAMPLES = ("bunny", "dog-pan")
FORMATS = tuple(each.lower() for each in OFFERED["clip"])
LONGEST = 480
"""pixels of a frame's longer side, for drawing and for the model"""
FILES: Files[Clip] = Files(
    {name: FOLDER / f"{name}.mp4" for name in SAMPLES},
    Limits(content=20 * 2**20, seconds=120.0, cpu_seconds=10, wall_seconds=20.0),
    megabytes=96,
)


def frames(file: File, count: int, start: float = 0.0, seconds: float | None = None) -> Clip:
    """Return ``count`` evenly spaced frames of the clip.  Raises BadMedia, naming the file."""
    return FILES.decoded(
        file,
        (count, start, seconds),
        lambda worker: read_clip(file.content, count, start=start, seconds=seconds, longest=LONGEST, worker=worker),
        lambda clip: clip.frames.nbytes,
    )


def picture(clip: Clip, frame: int) -> Picture:
    """Return one frame as a photo."""
    return Picture(pixels=clip.frames[frame], digest="", name="", note="")


def sheet(clip: Clip, quality: int = 85) -> bytes:
    """Return a JPEG of all frames, one below the other."""
    stream = BytesIO()
    Image.fromarray(np.concatenate(list(clip.frames))).save(stream, "JPEG", quality=quality)
    return stream.getvalue()
