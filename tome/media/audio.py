"""Decode a container to a mono waveform.  Runs in the worker."""

from collections.abc import Iterator
from typing import BinaryIO, cast

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.container import InputContainer

from tome.media.container import AUDIO_CODECS, check_codec, opened, packets, streams_of
from tome.media.kinds import BadMedia, Limits, Sound

__all__ = ["decode_sound"]

RATES = 4_000, 384_000
CHANNELS = 16
NOTHING = "The sound has no readable samples: record or save it again."
SHORTEST = 0.1  # seconds; a cut file holds less
TOO_SHORT = "The sound has less than 0.1 s of samples: record it, or save or download it again."
LOUDEST = 100.0  # 40 dB over full scale: beyond are not samples


def decode_sound(file: BinaryIO, limits: Limits, *, rate: int, start: float, seconds: float | None) -> Sound:
    """Return the requested part, resampled to ``rate`` and averaged over channels."""
    with opened(file, limits, "sound") as container:
        stream = _audio(container)
        declared = float((stream.duration or 0) * (stream.time_base or 0)) or (container.duration or 0) / av.time_base
        _check_length((declared - start) if seconds is None else min(seconds, declared - start), limits)
        most = limits.seconds if seconds is None else min(seconds, limits.seconds)
        waveform, more = _read(_mono(container, stream, rate, limits), rate, start, most)
        if not more and len(waveform) < rate * (SHORTEST if seconds is None else min(SHORTEST, seconds)):
            raise BadMedia(TOO_SHORT)
        if more and seconds is None:
            _check_length(limits.seconds + 1, limits)
        note = ""
        if not more and declared > 1.25 * (start + len(waveform) / rate) + 0.5:
            note = f"Only {start + len(waveform) / rate:.1f} of {declared:.1f} s can be read."
        codec = stream.codec_context
        return Sound(waveform, rate, codec.channels, codec.sample_rate, note)


def _check_length(seconds: float, limits: Limits) -> None:
    if seconds > limits.seconds:
        raise BadMedia(f"The sound is longer than the limit of {limits.seconds / 60:.0f} minutes: cut it first.")


def _audio(container: InputContainer) -> AudioStream:
    stream = cast("AudioStream | None", next(streams_of(container, "audio"), None))
    if stream is None:
        raise BadMedia("The file holds no sound: choose a recording.")
    check_codec(stream, AUDIO_CODECS)
    codec = stream.codec_context
    if not RATES[0] <= codec.sample_rate <= RATES[1]:
        raise BadMedia(f"The sound has {codec.sample_rate} samples per second; {RATES[0]} to {RATES[1]} are supported.")
    if not 1 <= codec.channels <= CHANNELS:
        raise BadMedia(f"The sound has {codec.channels} channels; 1 to {CHANNELS} are supported.")
    return stream


def _read(pieces: Iterator[np.ndarray], rate: int, start: float, seconds: float) -> tuple[np.ndarray, bool]:
    """Return ``seconds`` of the samples from ``start`` on, and whether there are more."""
    skip, most = round(start * rate), max(1, round(seconds * rate))
    kept: list[np.ndarray] = []
    position = total = 0
    more = False
    for piece in pieces:
        begin = max(0, skip - position)
        position += len(piece)
        if len(part := piece[begin : begin + most - total + 1]):
            more = len(part) > most - total
            kept.append(part[: most - total])
            total += len(kept[-1])
        if more:
            break
    if not total:
        raise BadMedia(f"The sound ends at {position / rate:.2f} s, before {start:.2f} s." if position else NOTHING)
    waveform = np.concatenate(kept)
    if not (np.abs(waveform) <= LOUDEST).all():  # also fails for NaN
        raise BadMedia("The sound holds invalid samples (full scale is −1 to 1): save it again.")
    return waveform, more


def _mono(container: InputContainer, stream: AudioStream, rate: int, limits: Limits) -> Iterator[np.ndarray]:
    """Yield float32 [n] of the mean over channels, resampled."""
    resampler = None
    for frame in _frames(container, stream, limits):
        # packed, since PyAV 18.1 reads beyond the planes of eight channels
        resampler = resampler or av.AudioResampler(format="flt", layout=frame.layout, rate=rate)
        try:
            pieces = resampler.resample(frame)
        except ValueError:  # a frame of another rate or another number of channels
            raise BadMedia("The sound changes its rate or its channels midway: convert it to WAV first.") from None
        yield from map(_mean, pieces)
    if resampler is not None:
        yield from map(_mean, resampler.resample(None))


def _mean(frame: AudioFrame) -> np.ndarray:
    mean: np.ndarray = frame.to_ndarray().reshape(-1, frame.layout.nb_channels).mean(1, dtype=np.float32)
    return mean


def _frames(container: InputContainer, stream: AudioStream, limits: Limits) -> Iterator[AudioFrame]:
    for packet in packets(container, stream, limits):
        try:
            decoded = packet.decode()
        except av.error.FFmpegError as error:  # a damaged block: the others can be read
            if isinstance(error, MemoryError):
                raise
            continue
        for frame in decoded:
            frame.pts = None  # gaps in time are not filled
            yield frame
