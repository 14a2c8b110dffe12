"""The image gate: the one way from the bytes of a file to pixels, whoever brings them."""

import logging
import re
import unicodedata
import warnings
from dataclasses import dataclass
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF", "AVIF")
MAX_BYTES = 10 * 2**20
MAX_PIXELS = 40_000_000
MIN_SIDE, MAX_SIDE, MAX_ASPECT = 16, 16_384, 20
LONGEST = 1536  # no model here looks at more; larger photos are shrunk to it
MAX_READS = 200_000  # twice what an honest file of MAX_BYTES takes to parse; empty PNG chunks take millions
MAX_SCANS = 100  # of a progressive JPEG, usually 10; 40 bytes of file each, and a pass over the whole picture
BACKDROP = (128, 128, 128, 255)
SAMPLES = Path(__file__).parents[2] / "sample_images"

UPRIGHT = {  # EXIF orientation → what undoes it
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
TOO_LARGE = f"has more than {MAX_PIXELS // 10**6} megapixels: make it smaller first"
TOO_MANY_PARTS = "has too many parts: save it again as PNG or JPEG"
DAMAGED = "is damaged or incomplete: save or download it again"
UNKNOWN = "is not a picture in a known format: choose a PNG, JPEG, WebP, GIF, BMP, TIFF or AVIF file"
UNREADABLE = (  # how a file begins that no decoder took → why
    (rb"\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP|II\*\0|MM\0\*|....ftypavi[fs]", DAMAGED),
    (rb"....ftyp(hei|hev|mif1|msf1)", "is a HEIC photo, which cannot be read here: export it as JPEG first"),
    (rb"\s*%PDF", "is a PDF document: export the page as PNG or JPEG first"),
    (rb"\s*%!PS|\xc5\xd0\xd3\xc6", "is a PostScript drawing: export it as PNG first"),
    (rb"PK\x03\x04", "is a zip archive: unpack it and choose one picture"),
    (rb".{0,500}?<svg[\s>]", "is an SVG drawing: export it as PNG first"),
    (rb"\s*<(!doctype\s+)?html", "is a web page: save the picture itself"),
)

# Once, because warning filters belong to the process: changing them per call is not safe across threads.
# Pillow's remarks about odd files are for their makers; here a file is either read or refused.
warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
logging.getLogger("PIL").setLevel(logging.CRITICAL)


class BadImage(ValueError):
    """A file that is refused, as one sentence: which file, why, and what to do."""


@dataclass(frozen=True, eq=False)
class Picture:
    """An upright photo and where it came from."""

    pixels: np.ndarray  # uint8 [h, w, 3], RGB, read-only, longer side ≤ LONGEST
    digest: str  # sha256 of the file's bytes, hex: the key for caches
    name: str  # for display: no path, no markup, at most 60 characters
    note: str  # what a reader should know about the conversion, in full sentences; "" if nothing


def load(content: bytes, name: str = "photo") -> Picture:
    """Read an image file of any allowed format as upright 8-bit RGB, or raise BadImage."""
    if not isinstance(content, bytes):
        raise TypeError(f"content must be the bytes of a file, got {type(content).__name__}")
    shown = display_name(name)
    try:
        image, note = _decode(content)
    except BadImage as cause:
        raise BadImage(f"“{shown}” {cause}.") from None
    pixels = np.asarray(image)  # over immutable bytes: read-only for good
    return Picture(pixels, sha256(content).hexdigest(), shown, note)


class _Stream(BytesIO):
    """A file that ends in an error after MAX_READS reads, since parsing must not cost more than decoding."""

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
        raise BadImage(f"is larger than {MAX_BYTES // 2**20} MB: save it smaller first")
    stream = _Stream(content)
    try:
        image = Image.open(stream, formats=FORMATS)
        _check_shape(*image.size)
        if image.format in ("JPEG", "MPO") and content.count(b"\xff\xda") > MAX_SCANS:
            raise BadImage(f"has more than {MAX_SCANS} scans: save it again as a plain JPEG")
        image.draft(None, _shrunk(*image.size))
        image.load()
        rgb, notes = _eight_bit(image)
        return _upright(image, rgb), " ".join([*_frame_note(image), *notes])
    except BadImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise BadImage(TOO_LARGE) from None
    except MemoryError:
        raise BadImage("needs more memory than is free: make it smaller first") from None
    except UnidentifiedImageError:
        raise BadImage(_why_unreadable(content[:600])) from None
    except Exception:  # noqa: BLE001 - on bad bytes Pillow raises nearly anything
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


def _shrunk(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONGEST / max(width, height))
    return round(width * scale), round(height * scale)


def _eight_bit(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """The picture as RGB, at most LONGEST long, and what had to be done to it."""
    notes = []
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    elif image.mode in ("I", "F"):
        image, note = _stretched(np.asarray(image))
        notes.append(note)
    if (mode := "RGBA" if image.has_transparency_data else "RGB") != image.mode:  # a copy can take 160 MB
        image = image.convert(mode)
    if (size := _shrunk(*image.size)) != image.size:
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    if image.mode == "RGBA":
        if image.getextrema()[3][0] < 255:
            notes.append("Transparent areas shown on grey.")
        image = Image.alpha_composite(Image.new("RGBA", image.size, BACKDROP), image).convert("RGB")
    return image, notes


def _stretched(values: np.ndarray) -> tuple[Image.Image, str]:
    """Numbers without a natural white, from the least finite one (black) to the greatest (white)."""
    finite = np.isfinite(values)
    if not finite.any():
        raise BadImage("holds no finite number: choose another file")
    one = values.flat[finite.argmax()]
    low, high = (float(extreme(values, where=finite, initial=one)) for extreme in (np.min, np.max))
    grey = np.empty(values.shape, np.uint8)
    for target, row in zip(grey, values, strict=True):  # by row: a whole picture in float64 can take 320 MB
        row = np.nan_to_num(row.astype(np.float64), nan=low, posinf=high, neginf=low)
        target[:] = (row - low) * (255 / ((high - low) or 1.0))
    return Image.fromarray(grey), f"Values from {low:.4g} to {high:.4g} shown as black to white."


def _upright(image: Image.Image, rgb: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(0x0112)
    except Exception:  # noqa: BLE001 - unreadable metadata of a picture that is readable
        return rgb
    return rgb.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else rgb


def _frame_note(image: Image.Image) -> list[str]:
    if image.format in ("JPEG", "MPO") or not getattr(image, "is_animated", False):
        return []
    if image.format == "TIFF":  # counting takes Pillow quadratic time
        return ["First page of several."]
    return [f"First frame of an animation of {image.n_frames}."]


def display_name(name: str) -> str:
    """A file's own name without path, control characters or markup, at most 60 characters."""
    last = re.split(r"[/\\]", name)[-1][:300]
    letters = []
    for letter in unicodedata.normalize("NFC", last):
        kind = unicodedata.category(letter)[0]
        if kind in "LNM" or letter in "._,()+-":
            letters.append(letter)
        elif kind != "C":
            letters.append(" " if kind == "Z" else "_")
    text = " ".join("".join(letters).split())
    if not text.strip("._ "):
        return "photo"
    return text if len(text) <= 60 else text[:59] + "…"


def safe_name(name: str, suffix: str = "") -> str:
    """A name that any file system and header takes: [A-Za-z0-9._-], 1 to 64 characters, no path.

    A suffix, such as ".png" or "-layer6.gif", is kept whole and replaces the name's own extension.
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,40}", suffix):
        raise ValueError(f"suffix must be at most 40 of A-Z a-z 0-9 . _ -, got {suffix!r}")
    plain = unicodedata.normalize("NFKD", display_name(name)).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
    if suffix:
        plain = Path(plain).stem
    return (plain.strip("._-")[: 64 - len(suffix)] or "photo") + suffix


def sample_pictures() -> list[tuple[str, Path]]:
    """The photos that come with the app as (key, path), the dog first, then by name."""
    paths = [path for path in SAMPLES.iterdir() if path.suffix in (".webp", ".jpg")]
    return [(path.stem, path) for path in sorted(paths, key=lambda path: (path.stem != "dog", path.stem))]
