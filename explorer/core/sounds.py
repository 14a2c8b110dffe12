"""Sounds by name or digest: the samples, and those of the sessions that are open; their spectrogram and silence."""

import atexit
import wave
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from weakref import WeakValueDictionary

import numpy as np
from PIL import Image

from explorer.core.names import display_name
from explorer.core.shelf import Shelf
from tome.media.decode import read_sound
from tome.media.kinds import BadMedia, Limits, Sound
from tome.media.worker import Worker

__all__ = [
    "FORMATS", "LIMITS", "LONGEST", "SAMPLES", "STEP", "STEPS", "BadMedia", "SoundFile", "hold", "named", "silent",
    "spectrogram", "wave_file", "waveform",
]  # fmt: skip

FOLDER = Path(__file__).parents[1] / "_sample_sounds"  # the top-level folder, which a wheel carries here
SAMPLES = ("jfk", "directory")
FORMATS = ("wav", "flac", "mp3", "ogg", "m4a")
LIMITS = Limits(content=20 * 2**20, seconds=600.0, cpu_seconds=10, wall_seconds=20.0)
RATE, LONGEST = 16_000, 30
"""samples a second, and the seconds that Whisper always hears"""
STEP, STEPS = 0.02, 1500
QUIET = 40.0
"""decibels below the loudest step: silence"""
MELS, WINDOW, HOP = 80, 400, 160
SILENCE = -2.0
"""log10 of a band's power: what has nothing above it is drawn dark"""
RAMP = ((0, 34, 78), (59, 73, 108), (112, 113, 115), (165, 156, 116), (225, 204, 85), (254, 232, 56))


@dataclass(frozen=True, eq=False)
class SoundFile:
    """The bytes of a sound, not yet decoded."""

    content: bytes
    digest: str
    """SHA-256 of ``content``, hex"""
    name: str
    """for display"""

    @classmethod
    def of(cls, content: bytes, name: str) -> "SoundFile":
        return cls(content, sha256(content).hexdigest(), display_name(name))


@dataclass(frozen=True, eq=False)
class _Kept:
    sound: Sound

    @property
    def nbytes(self) -> int:
        return self.sound.waveform.nbytes


_own: WeakValueDictionary[str, SoundFile] = WeakValueDictionary()
_decoded = Shelf(megabytes=32)


@cache
def _worker() -> Worker:
    worker = Worker(LIMITS)
    atexit.register(worker.close)
    return worker


@cache
def _sample(name: str) -> SoundFile:
    return SoundFile.of((FOLDER / f"{name}.wav").read_bytes(), f"{name}.wav")


def named(name: str) -> SoundFile:
    """Return a sample by name, or an uploaded sound by digest.  Raises KeyError where there is none."""
    return _sample(name) if name in SAMPLES else _own[name]


def hold(file: SoundFile) -> None:
    """Let ``named`` find ``file`` for as long as its session keeps it."""
    _own[file.digest] = file


def waveform(file: SoundFile) -> Sound:
    """Return the first 30 s of a sound at 16 kHz.  Raises BadMedia, naming the file."""
    known = _decoded.get(file.digest)
    if known is None:
        try:
            known = _Kept(read_sound(file.content, RATE, seconds=float(LONGEST), worker=_worker()))
        except BadMedia as reason:
            raise BadMedia(f"“{file.name}” was not taken. {reason}") from None
        _decoded.put(file.digest, known)
    return known.sound


def silent(sound: Sound) -> np.ndarray:
    """Return which of the 1,500 steps are silence: after the sound's end, or 40 dB below its loudest step."""
    power = (_padded(sound).reshape(STEPS, -1) ** 2).mean(1)
    return power <= power.max() * 10 ** (-QUIET / 10)


def spectrogram(sound: Sound) -> np.ndarray:
    """Return log-mel energies, 0 to 1 over 80 dB, float [80, 1500], low frequencies in the first row."""
    padded = np.pad(_padded(sound), WINDOW // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[: 2 * STEPS * HOP : HOP]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW))) ** 2
    energy = np.log10(np.maximum(power @ _mel_filters().T, 1e-10)).reshape(STEPS, 2, MELS).mean(1).T
    loudest = max(energy.max(), SILENCE)  # what is silent throughout stays dark
    return np.clip((energy - loudest) / 8 + 1, 0, 1)


def picture(sound: Sound, height: int = 320) -> bytes:
    """Return the spectrogram as a PNG of 1,500 × ``height`` pixels, high frequencies at the top."""
    stream = BytesIO()
    Image.fromarray(coloured(spectrogram(sound)[::-1])).resize((STEPS, height), Image.Resampling.BILINEAR).save(
        stream, "PNG"
    )
    return stream.getvalue()


def coloured(shares: np.ndarray) -> np.ndarray:
    """Return uint8 RGB [..., 3] of shares from 0 to 1."""
    places = np.linspace(0, 1, len(RAMP))
    return (
        np.stack([np.interp(shares, places, channel) for channel in zip(*RAMP, strict=True)], -1)
        .round()
        .astype(np.uint8)
    )


def wave_file(sound: Sound) -> bytes:
    """Return the sound as the model hears it: 16 bit WAV, one channel."""
    stream = BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes((np.clip(sound.waveform, -1, 1) * 32767).astype("<i2").tobytes())
    return stream.getvalue()


def _padded(sound: Sound) -> np.ndarray:
    whole = np.zeros(LONGEST * RATE, np.float32)
    part = sound.waveform[: len(whole)]
    whole[: len(part)] = part
    return whole


@cache
def _mel_filters() -> np.ndarray:
    """Triangles, equally wide in mel (O'Shaughnessy 1987), float [80, 201]."""
    top = 2595 * np.log10(1 + RATE / 2 / 700)
    edges = 700 * (10 ** (np.linspace(0, top, MELS + 2) / 2595) - 1)
    bins = np.linspace(0, RATE / 2, WINDOW // 2 + 1)
    rising = (bins - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins) / np.diff(edges)[1:, None]
    return np.maximum(0, np.minimum(rising, falling))
