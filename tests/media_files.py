"""Generate small valid and invalid clips and sounds."""

import random
import struct
import wave
from collections.abc import Iterator, Sequence
from fractions import Fraction
from io import BytesIO

import av
import numpy as np


def level_frames(count: int, height: int = 48, width: int = 64) -> np.ndarray:
    """uint8 [count, height, width, 3]: frame i is grey of level 10 + 5 i, wrapping at 240."""
    levels = 10 + 5 * np.arange(count) % 230
    return np.broadcast_to(levels[:, None, None, None], (count, height, width, 3)).astype(np.uint8)


def number(frame: np.ndarray) -> int:
    """Return the index of this frame in level_frames."""
    return round((float(frame.mean()) - 10) / 5)


def clip(
    frames: np.ndarray,
    *,
    format: str = "mp4",
    codec: str = "libx264",
    pixels: str = "yuv420p",
    rate: int = 25,
    times: Sequence[int] | None = None,
    base: int = 1000,
    group: int = 12,
    rotation: int | None = None,
    sound: bool = False,
) -> bytes:
    """A clip of the frames, uint8 [T, H, W, 3 or 4]; with ``times`` in units of 1 / base seconds, variable in rate."""
    stream = BytesIO()
    with av.open(stream, "w", format=format) as container:
        video = container.add_stream(codec, rate=rate)
        video.height, video.width = frames.shape[1:3]
        video.pix_fmt = pixels
        video.codec_context.gop_size = group
        if codec == "libx264":
            video.options = {"crf": "10", "preset": "ultrafast"}
        if rotation is not None:
            video.set_display_rotation(rotation)
        if times is not None:
            video.codec_context.time_base = Fraction(1, base)
        audio = container.add_stream("aac", rate=16_000, layout="mono") if sound else None
        for i, pixels_of in enumerate(frames):
            frame = av.VideoFrame.from_ndarray(
                np.ascontiguousarray(pixels_of), "rgba" if frames.shape[3] == 4 else "rgb24"
            )
            if times is not None:
                frame.pts, frame.time_base = times[i], Fraction(1, base)
            container.mux(video.encode(frame))
        container.mux(video.encode(None))
        if audio is not None:
            tone_frame = av.AudioFrame.from_ndarray(tone(1.0, 16_000)[None], "fltp", "mono")
            tone_frame.sample_rate, tone_frame.pts = 16_000, 0
            container.mux([*audio.encode(tone_frame), *audio.encode(None)])
    return stream.getvalue()


def tone(seconds: float, rate: int, hertz: float = 440.0, height: float = 0.5) -> np.ndarray:
    """float32 [n]"""
    return (height * np.sin(2 * np.pi * hertz * np.arange(round(seconds * rate)) / rate)).astype(np.float32)


def wav(channels: np.ndarray, rate: int) -> bytes:
    """A WAV of 16 bits; channels: float [c, n] in −1 to 1."""
    stream = BytesIO()
    with wave.open(stream, "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes((channels.T * 32767).round().astype("<i2").tobytes())
    return stream.getvalue()


def float_wav(samples: np.ndarray, rate: int = 16_000) -> bytes:
    """A WAV of 32-bit floats, one channel (the standard library cannot write it)."""
    data = samples.astype("<f4").tobytes()
    header = struct.pack("<4sIHHIIHH", b"fmt ", 16, 3, 1, rate, rate * 4, 4, 32)
    return (
        b"RIFF"
        + struct.pack("<I", 4 + len(header) + 8 + len(data))
        + b"WAVE"
        + header
        + b"data"
        + struct.pack("<I", len(data))
        + data
    )


def sound(channels: np.ndarray, rate: int, *, format: str, codec: str, layout: str) -> bytes:
    """A compressed sound; channels: float32 [c, n]."""
    stream = BytesIO()
    with av.open(stream, "w", format=format) as container:
        audio = container.add_stream(codec, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels), "fltp", layout)
        frame.sample_rate = rate
        resampler = av.AudioResampler(
            format=audio.codec_context.format,
            layout=layout,
            rate=rate,
            frame_size=audio.codec_context.frame_size or None,
        )
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(audio.encode(piece))
        container.mux(audio.encode(None))
    return stream.getvalue()


def mp3_with_cover() -> bytes:
    """Half a second of sound with cover art, which libav reports as a video stream."""
    stream = BytesIO()
    with av.open(stream, "w", format="mp3") as container:
        audio = container.add_stream("libmp3lame", rate=16_000, layout="mono")
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 32, 32, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        picture = av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")
        container.mux([*cover.encode(picture), *cover.encode(None)])
        frame = av.AudioFrame.from_ndarray(tone(0.5, 16_000)[None], "fltp", "mono")
        frame.sample_rate = 16_000
        container.mux([*audio.encode(frame), *audio.encode(None)])
    return stream.getvalue()


def no_frames() -> bytes:
    """A clip with a stream header and no frames."""
    stream = BytesIO()
    with av.open(stream, "w", format="avi") as container:
        video = container.add_stream("mjpeg", rate=25)
        video.height, video.width, video.pix_fmt = 48, 64, "yuvj420p"
        container.start_encoding()
    return stream.getvalue()


NO_RECORDING = {
    "nothing": b"",
    "zeros": b"\0" * 50,
    "matroska-magic": b"\x1aE\xdf\xa3",
    "riff-magic": b"RIFF\0\0\0\0WAVE",
    "text": b"text " * 99,
    "archive": b"PK\x03\x04ab",
    "playlist": b"#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:1/a.ts\n#EXT-X-ENDLIST\n",
    "late-playlist": b"\n" * 700 + b"#EXTM3U\n#EXTINF:3,\nhttp://127.0.0.1:1/a.ts\n",
    "concat": b"ffconcat version 1.0\nfile 'http://127.0.0.1:1/a.mp4'\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio 1 RTP/AVP 0\n",
    "dash": b"<?xml version='1.0'?><MPD><Period><BaseURL>http://127.0.0.1:1/</BaseURL></Period></MPD>",
    "address": b"http://127.0.0.1:1/a.mp4",
}
"""neither a clip nor a sound"""

BAD_CLIPS = {
    **{name: (lambda content=content: content) for name, content in NO_RECORDING.items()},
    "sound": lambda: wav(tone(0.1, 8000)[None], 8000),
    "cover": mp3_with_cover,
    "unlisted-format": lambda: clip(level_frames(5), format="mpegts"),
    "8k": lambda: clip(level_frames(1, 4320, 7680)),
    "hour-long": lambda: clip(level_frames(40), format="matroska", times=[90_000 * i for i in range(40)], group=1),
    "no-frames": no_frames,
    "half": lambda: (lambda whole: whole[: len(whole) // 2])(clip(level_frames(40))),
}
"""files that no page may show as a clip, each generated on call"""

BAD_SOUNDS = {
    **{name: (lambda content=content: content) for name, content in NO_RECORDING.items()},
    "mute-clip": lambda: clip(level_frames(3)),
    "no-samples": lambda: wav(np.zeros((1, 0)), 8000),
    "20-channels": lambda: wav(np.zeros((20, 400)), 8000),
    **{
        f"{value}": (lambda value=value: float_wav(_with(tone(0.1, 16_000), value))) for value in ("nan", "inf", "1e30")
    },
}
"""files that no page may play as a sound"""


def _with(samples: np.ndarray, value: str) -> np.ndarray:
    samples[100] = float(value)
    return samples


def mutants(content: bytes, count: int, seed: int) -> Iterator[bytes]:
    """Damaged copies: bytes changed, cut out, doubled, zeroed, the end cut off; half of them near the header."""
    dice = random.Random(seed)
    for _ in range(count):
        copy = bytearray(content)
        for _ in range(dice.choice((1, 2, 8, 32))):
            end = len(copy) if dice.random() < 0.5 else min(len(copy), 1024)
            at = dice.randrange(max(1, end))
            length = dice.choice((1, 2, 4, 16, 200))
            change = dice.randrange(5)
            if change == 0:
                copy[at : at + 1] = bytes([dice.randrange(256)])
            elif change == 1:
                copy[at : at + 4] = struct.pack(">I", dice.choice((0, 1, 0x7FFFFFFF, 0xFFFFFFFF, 0x80000000)))
            elif change == 2:
                del copy[at : at + length]
            elif change == 3:
                copy[at:at] = copy[at : at + length]
            else:
                copy[at : at + length] = bytes(length)
        if dice.random() < 0.2:
            del copy[dice.randrange(len(copy) + 1) :]
        yield bytes(copy)
