"""The image gate: the only way from the bytes of a file to pixels."""

import logging
import re
import threading
import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from explorer.media.conversion import LONGEST, BadImage, eight_bit, frame_note, shrunk, upright
from explorer.media.names import display_name
from explorer.memory.guard import Busy, room_for

__all__ = ["LONGEST", "BadImage", "Picture", "load", "sample_pictures"]

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
MAX_BYTES = 20 * 2**20  # photos of phones and cameras mostly have 3 to 20 MB
MAX_PIXELS = 52_000_000  # of a phone's 50 megapixels, 8192 × 6144
MIN_SIDE, MAX_SIDE, MAX_ASPECT = 16, 16_384, 20
MAX_READS = 250_000  # a genuine animation of MAX_BYTES needs 165,000; empty PNG chunks take millions
MAX_SCANS = 100  # of a progressive JPEG, usually 10: each takes 40 bytes and a pass over the whole picture
PIXEL_BYTES = 16  # peak while decoding and scaling: 780 MB for two seconds with a WebP of 50 megapixels
PROGRESSIVE_BYTES = 8  # per pixel of a progressive JPEG: up to four components, held whole until the last scan
_DECODING = threading.BoundedSemaphore(2)  # a whole class may upload at once
SAMPLES = Path(__file__).parents[1] / "_sample_images"  # a link to the top-level folder; a copy in wheels

TOO_LARGE = f"has more than {MAX_PIXELS // 10**6} megapixels: make it smaller first"
TOO_MANY_PARTS = "has too many parts: save it again as PNG or JPEG"
DAMAGED = "is damaged or incomplete: save or download it again"
UNKNOWN = "is not a picture in a known format: choose a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF file"
UNREADABLE = (  # first bytes of an undecodable file → reason
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|II\*\0|MM\0\*|....ftypavi[fs]", DAMAGED),
    (rb"....ftyp(hei|hev|mif1|msf1)", "is a HEIC photo, which cannot be read here: export it as JPEG first"),
    (rb"\s*%PDF", "is a PDF document: export the page as PNG or JPEG first"),
    (rb"\s*%!PS|\xc5\xd0\xd3\xc6", "is a PostScript drawing: export it as PNG first"),
    (rb"PK\x03\x04", "is a zip archive: unpack it and choose one picture"),
    (rb".{0,500}?<svg[\s>]", "is an SVG drawing: export it as PNG first"),
    (rb"\s*<(!doctype\s+)?html", "is a web page: save the picture itself"),
)

# Once, because warning filters are global: changing them per call is not thread-safe.
# Pillow's warnings about odd files do not matter here: a file is either read or refused.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
logging.getLogger("PIL").setLevel(logging.CRITICAL)


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright photo and its origin."""

    pixels: np.ndarray  # uint8 [H, W, 3], RGB, read-only, longer side ≤ LONGEST
    digest: str  # sha256 of the file's bytes, hex: the key for caches
    name: str  # for display: no path, no markup, at most 60 characters
    note: str  # notes on the conversion for the reader, in full sentences; "" if none


def load(content: bytes, name: str = "photo") -> Picture:
    """Read an image file of any allowed format as upright 8-bit RGB, or raise BadImage."""
    if not isinstance(content, bytes):
        raise TypeError(f"content must be the bytes of a file, got {type(content).__name__}")
    shown = display_name(name)
    try:
        with _DECODING:
            image, note = _decode(content)
    except BadImage as cause:
        raise BadImage(f"“{shown}” {cause}.") from None
    pixels = np.asarray(image)  # read-only, since it is a view of immutable bytes
    return Picture(pixels, sha256(content).hexdigest(), shown, note)


class _Stream(BytesIO):
    """A file with at most MAX_READS reads, so that parsing does not cost more than decoding."""

    left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        self.left -= 1
        if self.left < 0:
            raise ValueError("too many reads")
        return super().read(size)


def _decode(content: bytes) -> tuple[Image.Image, str]:
    if not content:
        raise BadImage("is empty: choose another file")
    if len(content) > MAX_BYTES:
        raise BadImage(f"is larger than {MAX_BYTES // 2**20} MB: save a smaller copy, {LONGEST} pixels are enough")
    stream = _Stream(content)
    try:
        image = Image.open(stream, formats=FORMATS)
        _check_shape(*image.size)
        if image.format in ("JPEG", "MPO") and content.count(b"\xff\xda") > MAX_SCANS:
            raise BadImage(f"has more than {MAX_SCANS} scans: save it again as a plain JPEG")
        whole = PROGRESSIVE_BYTES * image.width * image.height if image.info.get("progressive") else 0
        image.draft(None, shrunk(*image.size))
        with room_for(whole + PIXEL_BYTES * image.width * image.height):
            image.load()
            rgb, notes = eight_bit(image)
            return upright(image, rgb), " ".join([*frame_note(image), *notes])
    except BadImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImage(TOO_LARGE) from None
    except (Busy, MemoryError):
        raise BadImage("needs more memory than is free: make it smaller first") from None
    except UnidentifiedImageError:
        raise BadImage(_why_unreadable(content[:600])) from None
    except Exception:  # noqa: BLE001 - Pillow raises almost anything on corrupt data
        raise BadImage(TOO_MANY_PARTS if stream.left < 0 else DAMAGED) from None


def _why_unreadable(start: bytes) -> str:
    matches = (why for kind, why in UNREADABLE if re.match(kind, start, re.DOTALL | re.IGNORECASE))
    return next(matches, UNKNOWN)


def _check_shape(width: int, height: int) -> None:
    shape = f"is {width} × {height} pixels"
    if max(width, height) > MAX_SIDE:
        raise BadImage(f"{shape}, and no side may be longer than {MAX_SIDE}: make it smaller first")
    if width * height > MAX_PIXELS:
        raise BadImage(TOO_LARGE)
    if min(width, height) < MIN_SIDE:
        raise BadImage(f"{shape}, and each side needs at least {MIN_SIDE}: choose a larger picture")
    if max(width, height) > MAX_ASPECT * min(width, height):
        raise BadImage(f"{shape}, and one side may be at most {MAX_ASPECT} times the other: crop it first")


def sample_pictures() -> list[tuple[str, Path]]:
    """Return the sample photos as (key, path), the dog first, then by name."""
    paths = [path for path in SAMPLES.iterdir() if path.suffix in (".webp", ".jpg")]
    return [(path.stem, path) for path in sorted(paths, key=lambda path: (path.stem != "dog", path.stem))]
