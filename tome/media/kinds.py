"""Results, limits and errors of decoding."""

from dataclasses import dataclass

import numpy as np

__all__ = ["OFFERED", "BadMedia", "Clip", "Limits", "Sound"]

OFFERED = {
    "clip": ("MP4", "MOV", "WebM", "MKV", "AVI", "GIF"),
    "sound": ("WAV", "FLAC", "Ogg", "MP3", "M4A"),
}
"""formats that a reader is offered; more are read"""


class BadMedia(ValueError):
    """A refused file; the message is one sentence with the reason."""


@dataclass(frozen=True)
class Limits:
    """Limits for one file, checked before decoding by its header, and during decoding."""

    content: int = 256 * 2**20
    """bytes of the file"""
    pixels: int = 4096 * 2304
    """width × height of a frame: up to 4K"""
    seconds: float = 600.0
    """maximum length of a clip or sound"""
    streams: int = 16
    packets: int = 500_000
    """frames of a clip, or compressed blocks of a sound"""
    output: int = 512 * 2**20
    """bytes of the result"""
    cpu_seconds: int = 30
    wall_seconds: float = 60.0
    memory: int = 2 * 2**30
    """bytes of address space of the worker; not enforced on Windows and macOS"""


@dataclass(frozen=True, eq=False)
class Clip:
    """Frames of a clip, upright, in the order of time."""

    frames: np.ndarray
    """uint8 [T, H, W, 3], RGB, read-only"""
    times: tuple[float, ...]
    """[T]: when each frame begins, in seconds from the first frame of the clip"""
    height: int
    """of the source as shown: upright, with square pixels"""
    width: int
    duration: float
    """seconds of the clip that can be read"""
    note: str = ""
    """changes made to the clip, in full sentences"""


@dataclass(frozen=True, eq=False)
class Sound:
    """A waveform of one channel."""

    waveform: np.ndarray
    """float32 [N], full scale −1 to 1, read-only; the mean of the channels"""
    rate: int
    """samples per second of ``waveform``"""
    channels: int
    """of the source"""
    source_rate: int
    note: str = ""
    """changes made to the sound, in full sentences"""

    @property
    def duration(self) -> float:
        """Return the length of the waveform in seconds."""
        return len(self.waveform) / self.rate
