"""Read clips and sounds: the only entry point from files to frames and waveforms."""

from collections.abc import Sequence
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from tome.media.kinds import BadMedia, Clip, Limits, Sound
from tome.media.worker import Worker

__all__ = ["BadMedia", "Clip", "Limits", "Sound", "Worker", "read_clip", "read_sound"]

MOST_FRAMES = 512


def read_clip(
    source: bytes | str | Path,
    frames: int = 16,
    *,
    times: Sequence[float] | None = None,
    start: float = 0.0,
    seconds: float | None = None,
    longest: int = 512,
    worker: Worker | None = None,
) -> Clip:
    """Return frames of a clip, given as the bytes of a file or as its path.

    The frames are those shown at ``times`` (seconds from the first frame, ascending), or ``frames`` of them, 1 to
    512, evenly spaced over ``seconds`` from ``start`` (the rest of the clip if None).  Frames are
    shrunk to at most ``longest`` pixels on the longer side.  Raises BadMedia, in one sentence, for a file
    that cannot be read within the limits, and FileNotFoundError.  Pass a ``worker`` to reuse it for many files.
    """
    if times is not None:
        if not len(times) or any(b < a for a, b in pairwise(times)) or not _times(times):
            raise ValueError(f"times must be seconds from 0 on, ascending; got {list(times)}")
        frames = len(times)
    if not 1 <= frames <= MOST_FRAMES:
        raise ValueError(f"frames must be within 1 and {MOST_FRAMES}; got {frames}")
    if not 16 <= longest <= 4096:
        raise ValueError(f"longest must be within 16 and 4096; got {longest}")
    _check_part(start, seconds)
    choices = {"frames": frames, "times": times and [float(time) for time in times], "longest": longest}
    fields, array = _decoded("clip", source, np.uint8, choices | {"start": start, "seconds": seconds}, worker)
    return Clip(array, tuple(fields.pop("times")), **fields)


def read_sound(
    source: bytes | str | Path,
    rate: int = 16_000,
    *,
    start: float = 0.0,
    seconds: float | None = None,
    worker: Worker | None = None,
) -> Sound:
    """Return ``seconds`` of a sound from ``start`` on, given as the bytes of a file or as its path.

    The waveform has ``rate`` samples per second, 1,000 to 384,000.  Raises BadMedia and takes ``worker`` as
    ``read_clip`` does.
    """
    if not 1_000 <= rate <= 384_000:
        raise ValueError(f"rate must be within 1,000 and 384,000; got {rate}")
    _check_part(start, seconds)
    choices = {"rate": rate, "start": start, "seconds": seconds}
    fields, array = _decoded("sound", source, np.float32, choices, worker)
    return Sound(array, **fields)


def _times(values: Sequence[float]) -> bool:
    return all(isfinite(value) and value >= 0 for value in values)


def _check_part(start: float, seconds: float | None) -> None:
    if not _times([start]):
        raise ValueError(f"start must be at least 0; got {start}")
    if seconds is not None and not (isfinite(seconds) and seconds > 0):
        raise ValueError(f"seconds must be above 0; got {seconds}")


def _decoded(
    kind: str, source: bytes | str | Path, dtype: type, choices: dict[str, Any], worker: Worker | None
) -> tuple[dict[str, Any], np.ndarray]:
    if not isinstance(source, bytes | str | Path):
        raise TypeError(f"source must be bytes or a path; got {type(source).__name__}")
    source = source if isinstance(source, bytes) else Path(source)
    if worker is not None:
        return worker.decode(kind, source, dtype, choices)
    with Worker() as worker:
        return worker.decode(kind, source, dtype, choices)
