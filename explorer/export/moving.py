"""The collapse over the layers as a film: GIF, animated WebP, MP4 or WebM."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from io import BytesIO
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from explorer.export.raster import raster
from explorer.export.sheet import Figure, figure

if TYPE_CHECKING:
    import av

__all__ = ["film", "gif", "video", "webp"]

CLEAR = 255
"""the transparent index of a GIF's palette: it shows the previous picture"""
STEP, LONGER = 500, 2000
"""milliseconds per layer, and for the last one"""
RATE = 10
"""pictures per second of a video"""
THREADS = 2
"""encoder threads, by default one per core: each buffers some pictures"""
Check = Callable[[], None]


def film(told: Figure, width: int, check: Check = lambda: None) -> Iterator[Image.Image]:
    """Yield a picture of every layer; ``check()`` is called before each and may raise."""
    for layer in range(told.depth + 1):
        check()
        yield raster(figure(told.at(layer)), width)


def gif(told: Figure, width: int, check: Check = lambda: None) -> bytes:
    """Return a looping GIF; its comment is the figure's origin."""
    pictures = list(film(told, width, check))
    palette = _palette(pictures)
    # Without dithering, areas that do not change between layers have identical pixels and are stored once.
    frames = [np.asarray(picture.quantize(palette=palette, dither=Image.Dither.NONE)) for picture in pictures]
    shown = [np.where(now == before, CLEAR, now) for before, now in pairwise(frames)]
    drawn = [_indexed(each, palette) for each in (frames[0], *shown)]
    more = {"comment": told.origin.encode(), "optimize": False, "disposal": 1, "transparency": CLEAR}
    return _animated(drawn, "GIF", **more)


def _indexed(pixels: np.ndarray, palette: Image.Image) -> Image.Image:
    picture = Image.fromarray(pixels.astype(np.uint8), "P")
    picture.putpalette(palette.getpalette())
    return picture


def webp(told: Figure, width: int, check: Check = lambda: None) -> bytes:
    """Return a looping WebP; its XMP is the figure's origin."""
    return _animated(list(film(told, width, check)), "WEBP", xmp=told.origin.encode(), quality=80, method=2)


def _animated(frames: list[Image.Image], kind: str, **options: object) -> bytes:
    stream = BytesIO()
    times = [STEP] * (len(frames) - 1) + [LONGER]
    frames[0].save(stream, kind, save_all=True, append_images=frames[1:], duration=times, loop=0, **options)
    return stream.getvalue()


def _palette(pictures: list[Image.Image]) -> Image.Image:
    """Return a common palette from thumbnails of the first, the middle and the last picture."""
    some = [pictures[0], pictures[len(pictures) // 2], pictures[-1]]
    small = [each.resize((each.width // 3, each.height // 3), Image.Resampling.BOX) for each in some]
    strip = Image.new("RGB", (small[0].width, sum(each.height for each in small)))
    top = 0
    for each in small:
        strip.paste(each, (0, top))
        top += each.height
    return strip.quantize(CLEAR, method=Image.Quantize.MEDIANCUT)


def video(told: Figure, width: int, kind: str, check: Check = lambda: None) -> bytes:
    """Return a video without sound: ``kind`` is mp4 (H.264) or webm (VP9).  Raises ImportError without PyAV."""
    import av

    stream = BytesIO()
    with av.open(stream, "w", format=kind) as container:
        container.metadata.update({"title": figure(told).title, "comment": told.origin})
        track: av.VideoStream | None = None
        for number, picture in enumerate(film(told, width, check)):
            even = picture.crop((0, 0, picture.width // 2 * 2, picture.height // 2 * 2))
            track = track or _track(container, kind, even.size)
            seen = LONGER if number == told.depth else STEP
            _encode(container, track, even, seen * RATE // 1000)
        container.mux(track.encode())
    return stream.getvalue()


def _track(container: "av.container.OutputContainer", kind: str, size: tuple[int, int]) -> "av.VideoStream":
    codec, options = {
        "mp4": ("libx264", {"crf": "20", "preset": "veryfast", "tune": "stillimage"}),
        "webm": ("libvpx-vp9", {"crf": "30", "b": "0", "deadline": "realtime", "cpu-used": "6"}),
    }[kind]
    track = container.add_stream(codec, rate=RATE, options=options)
    track.width, track.height = size
    track.pix_fmt = "yuv420p"
    track.thread_count = THREADS
    track.time_base = Fraction(1, RATE)
    return track


def _encode(container, track, picture: Image.Image, times: int) -> None:
    import av

    for _ in range(times):
        container.mux(track.encode(av.VideoFrame.from_image(picture)))
