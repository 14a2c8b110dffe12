"""Decode a container to upright RGB frames at chosen times.  Runs in the worker."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import floor
from typing import BinaryIO, cast

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from tome.media.container import DAMAGED, VIDEO_CODECS, check_codec, opened, packets, streams_of
from tome.media.kinds import BadMedia, Clip, Limits

__all__ = ["decode_clip"]

BACKDROP = 128  # grey, as behind transparent photos
SQUEEZE = 4.0  # pixels wider or higher than this are taken for damage


@dataclass(frozen=True)
class Timeline:
    """Presentation times of the frames of a clip, from its packets, in units of ``base`` seconds."""

    first: int
    end: int
    keys: tuple[int, ...]
    base: float

    @property
    def seconds(self) -> float:
        return (self.end - self.first) * self.base


def decode_clip(
    file: BinaryIO,
    limits: Limits,
    *,
    frames: int,
    times: Sequence[float] | None,
    start: float,
    seconds: float | None,
    longest: int,
) -> Clip:
    """Return the frames shown at ``times``, or ``frames`` of them, evenly spaced over the requested part."""
    with opened(file, limits, "clip") as container:
        line, declared = _timeline(container, _video(container, limits), limits)
    end = line.seconds if seconds is None else min(line.seconds, start + seconds)
    last = start if times is None else max(times)
    if last >= line.seconds:
        raise BadMedia(f"The clip ends at {line.seconds:.2f} s, before {last:.2f} s.")
    if end - start > limits.seconds:
        raise BadMedia(
            f"The clip lasts {(end - start) / 60:.0f} minutes, and the limit is {limits.seconds / 60:.0f}: cut it "
            "first."
        )
    if times is None:
        times = [start + (end - start) * (i + 0.5) / frames for i in range(frames)]
    file.seek(0)
    with opened(file, limits, "clip") as container:  # reopened: not every format can seek back
        shown, shape = _shown(container, _video(container, limits), line, times, longest, limits)
    note = ""
    if declared > 1.25 * line.seconds + 0.5:
        note = f"Only {line.seconds:.1f} of {declared:.1f} s can be read."
    pictures = np.stack([pixels for pixels, _ in shown])
    return Clip(pictures, tuple(time for _, time in shown), *shape, line.seconds, note)


def _video(container: InputContainer, limits: Limits) -> VideoStream:
    stream = cast("VideoStream | None", next(streams_of(container, "video"), None))
    if stream is None:
        raise BadMedia("The file holds no video: choose a clip.")
    check_codec(stream, VIDEO_CODECS)
    width, height = stream.codec_context.width, stream.codec_context.height
    if min(width, height) < 1:
        raise BadMedia("The video has no readable frames: save or download it again.")
    _check_pixels(width, height, limits)
    return stream


def _check_pixels(width: int, height: int, limits: Limits) -> None:
    if width * height > limits.pixels:
        megapixels = limits.pixels / 1e6
        raise BadMedia(
            f"The video is {width} × {height} pixels, and the limit is {megapixels:.1f} megapixels: make it smaller "
            "first."
        )


def _timeline(container: InputContainer, stream: VideoStream, limits: Limits) -> tuple[Timeline, float]:
    """Return the timeline of the packets, reliable even under a false header, and the duration in the header."""
    base = float(stream.time_base or 0)
    declared = max(float((stream.duration or 0) * base), float((container.duration or 0) / av.time_base))
    if declared > 36_000:
        raise BadMedia(f"The clip lasts {declared / 3600:.0f} hours: cut it first.")
    pts, ends, keys = [], [], []
    for packet in packets(container, stream, limits):
        if packet.size and (time := packet.pts if packet.pts is not None else packet.dts) is not None:
            pts.append(time)
            ends.append(time + max(packet.duration or 0, 0))
            if packet.is_keyframe:
                keys.append(time)
    if not pts:
        raise BadMedia("The video has no readable frames: save or download it again.")
    rate = float(stream.average_rate or 25)
    last = max(pts)
    end = max(*ends, last + 1) if max(ends) > last else last + max(1, round(1 / (rate * base)))
    return Timeline(min(pts), end, tuple(sorted(keys)), base), declared


def _shown(
    container: InputContainer,
    stream: VideoStream,
    line: Timeline,
    times: Sequence[float],
    longest: int,
    limits: Limits,
) -> tuple[list[tuple[np.ndarray, float]], tuple[int, int]]:
    """Return (pixels, time) of the frame shown at each of the times, and [height, width] of the source."""
    result: list[tuple[np.ndarray, float]] = []
    decoded = _frames(container, stream, line, limits)
    now = following = next(decoded, None)
    if now is None:
        raise BadMedia(DAMAGED)
    converted = (now, *_upright(now, stream, longest, limits))
    for time in times:
        target = line.first + floor(time / line.base + 1e-6)
        if following is not None and (key := _key_between(line.keys, _pts(following, line), target)) is not None:
            container.seek(key, stream=stream, backward=True)
            decoded = _frames(container, stream, line, limits)
            following = next(decoded, None)
            now = following or now
        while following is not None and _pts(following, line) <= target:
            now, following = following, next(decoded, None)
        if converted[0] is not now:
            converted = (now, *_upright(now, stream, longest, limits))
        result.append((converted[1], max(0.0, (_pts(now, line) - line.first) * line.base)))
    return result, converted[2]


def _key_between(keys: Sequence[int], now: int, target: int) -> int | None:
    """Return the last key frame after ``now`` and not after ``target``: decoding may begin there."""
    found = [key for key in keys if now < key <= target]
    return found[-1] if found else None


def _pts(frame: VideoFrame, line: Timeline) -> int:
    return frame.pts if frame.pts is not None else line.first


def _frames(container: InputContainer, stream: VideoStream, line: Timeline, limits: Limits) -> Iterator[VideoFrame]:
    for packet in packets(container, stream, limits):
        try:
            yield from packet.decode()
        except av.error.FFmpegError as error:  # a damaged frame: the others can be read
            if isinstance(error, MemoryError):
                raise


def _upright(
    frame: VideoFrame, stream: VideoStream, longest: int, limits: Limits
) -> tuple[np.ndarray, tuple[int, int]]:
    """Return uint8 [H, W, 3], rotated by the file's metadata, at most ``longest`` long, and the original size."""
    _check_pixels(frame.width, frame.height, limits)
    width, height = frame.width, frame.height
    aspect = float(stream.sample_aspect_ratio or 1)
    if 1 / SQUEEZE <= aspect <= SQUEEZE:
        width = max(1, round(width * aspect))
    scale = min(1.0, longest / max(width, height))
    size = {"width": max(1, round(width * scale)), "height": max(1, round(height * scale))}
    if any(component.is_alpha for component in frame.format.components) or frame.format.name == "pal8":
        rgba = frame.reformat(**size, format="rgba").to_ndarray().astype(np.uint16)
        alpha = rgba[..., 3:]
        pixels = ((rgba[..., :3] * alpha + BACKDROP * (255 - alpha) + 127) // 255).astype(np.uint8)
    else:
        pixels = np.asarray(frame.reformat(**size, format="rgb24").to_ndarray(), np.uint8)
    turns = round(frame.rotation / 90) % 4
    if turns % 2:
        width, height = height, width
    return np.rot90(pixels, turns), (height, width)
