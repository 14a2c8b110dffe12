"""Sounds by name or digest; their spectrogram and silence."""

import wave
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from explorer.media.files import File, Files
from tome.media.decode import read_sound
from tome.media.kinds import OFFERED, Limits, Sound

__all__ = [
    "FILES", "FORMATS", "LONGEST", "SAMPLES", "STEP", "STEPS", "coloured", "filter_bank", "picture", "shares", "silent", "spectrogram", "wave_file",
    "waveform",
]  # fmt: skip

FOLDER = Path(__file__).parents[1] / "_sample_sounds"  # a link to the top-level folder; a copy in wheels
SAMPLES = ("jfk", "directory")
FORMATS = tuple(each.lower() for each in OFFERED["sound"])
FILES: Files[Sound] = Files(
    {name: FOLDER / f"{name}.wav" for name in SAMPLES},
    Limits(content=20 * 2**20, seconds=600.0, cpu_seconds=10, wall_seconds=20.0),
    megabytes=32,
)
RATE, LONGEST = 16_000, 30
"""samples per second, and seconds of Whisper's input"""
STEP, STEPS = 0.02, 1500
QUIET = 40.0
"""decibels below the loudest step: silence"""
SILENCE = -2.0
"""log10 of a band's power: sounds below it are drawn dark"""
RAMP = ((0, 34, 78), (59, 73, 108), (112, 113, 115), (165, 156, 116), (225, 204, 85), (254, 232, 56))


def waveform(file: File) -> Sound:
    """Return the first 30 s of a sound at 16 kHz.  Raises BadMedia, naming the file."""
    return FILES.decoded(
        file,
        None,
        lambda worker: read_sound(file.content, RATE, seconds=float(LONGEST), worker=worker),
        lambda sound: sound.waveform.nbytes,
    )


def silent(sound: Sound) -> np.ndarray:
    """Return which of the 1,500 steps are silence: after the sound's end, or 40 dB below its loudest step."""
    power = (_padded(sound).reshape(STEPS, -1) ** 2).mean(1)
    return power <= power.max() * 10 ** (-QUIET / 10)


def spectrogram(sound: Sound) -> np.ndarray:
    """Return log-mel energies, 0 to 1 over 80 dB, float [80, 1500], low frequencies in the first row."""
    import torch

    from tome.media.spectrogram import whisper_log_mel

    energy = (
        4 * whisper_log_mel(torch.from_numpy(sound.waveform.copy())).numpy() - 4
    )  # undo Whisper's scaling: back to log10
    energy = energy.reshape(len(energy), STEPS, -1).mean(-1)
    loudest = max(energy.max(), SILENCE)  # all-silent sounds stay dark
    return np.clip((energy - loudest) / 8 + 1, 0, 1)


def picture(sound: Sound, height: int = 320) -> bytes:
    """Return the spectrogram as a PNG of 1,500 × ``height`` pixels, high frequencies at the top."""
    stream = BytesIO()
    Image.fromarray(coloured(spectrogram(sound)[::-1])).resize((STEPS, height), Image.Resampling.BILINEAR).save(
        stream, "PNG"
    )
    return stream.getvalue()


def shares(bank: np.ndarray) -> np.ndarray:
    """Return a filter bank as shares from 0 to 1: its levels from the 1st to the 99.5th percentile."""
    low, high = np.percentile(bank, (1, 99.5))
    return np.clip((bank - low) / max(high - low, 1e-6), 0, 1)


def filter_bank(sound: Sound, frames: int) -> bytes:
    """Return the filter bank of AudioMAE and AST as a PNG, ``frames`` × 128 pixels, high bands at the top."""
    import torch

    from tome.media.spectrogram import audioset_input

    bank = audioset_input(torch.from_numpy(sound.waveform.copy()), frames).T.numpy()[::-1]
    stream = BytesIO()
    Image.fromarray(coloured(shares(bank))).save(stream, "PNG")
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
    """Return the model's input as a 16-bit mono WAV."""
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
