"""Convert decoded images of any mode and orientation to upright 8-bit RGB of bounded size."""

import numpy as np
from PIL import Image

__all__ = ["LONGEST", "BadImage", "eight_bit", "frame_note", "shrunk", "upright"]

LONGEST = 1536  # larger than the input of any model here; larger photos are scaled down
BACKDROP = (128, 128, 128, 255)
# Pillow's exif_transpose also rewrites the metadata, and fails if they are damaged.
UPRIGHT = {  # EXIF orientation → inverse transformation
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


class BadImage(ValueError):
    """A refused file; the message is one sentence with file, reason and remedy."""


def shrunk(width: int, height: int) -> tuple[int, int]:
    scale = min(1.0, LONGEST / max(width, height))
    return round(width * scale), round(height * scale)


def eight_bit(image: Image.Image) -> tuple[Image.Image, list[str]]:
    """Return the picture as RGB, at most LONGEST long, and a note on the conversion."""
    notes = []
    if image.mode.startswith("I;16"):
        image = Image.fromarray((np.asarray(image) // 257).astype(np.uint8))
    elif image.mode in ("I", "F"):
        image, note = _stretched(np.asarray(image))
        notes.append(note)
    if (mode := "RGBA" if image.has_transparency_data else "RGB") != image.mode:  # avoid a copy of up to 160 MB
        image = image.convert(mode)
    if (size := shrunk(*image.size)) != image.size:
        image = image.resize(size, Image.Resampling.BICUBIC, reducing_gap=3.0)
    if image.mode == "RGBA":
        if image.getextrema()[3][0] < 255:
            notes.append("Transparent areas shown on grey.")
        image = Image.alpha_composite(Image.new("RGBA", image.size, BACKDROP), image).convert("RGB")
    return image, notes


def _stretched(values: np.ndarray) -> tuple[Image.Image, str]:
    """Scale values without a natural white: the smallest finite one to black, the largest to white."""
    finite = np.isfinite(values)
    if not finite.any():
        raise BadImage("holds no finite number: choose another file")
    one = values.flat[finite.argmax()]
    low, high = (float(extreme(values, where=finite, initial=one)) for extreme in (np.min, np.max))
    grey = np.empty(values.shape, np.uint8)
    for target, row in zip(grey, values, strict=True):  # row by row: a whole picture in float64 can take 320 MB
        with np.errstate(invalid="ignore"):  # files may contain signalling NaNs
            row = np.nan_to_num(row.astype(np.float64), nan=low, posinf=high, neginf=low)
        target[:] = (row - low) * (255 / ((high - low) or 1.0))
    return Image.fromarray(grey), f"Values from {low:.4g} to {high:.4g} shown as black to white."


def upright(image: Image.Image, rgb: Image.Image) -> Image.Image:
    try:
        orientation = image.getexif().get(0x0112)
    except Exception:  # noqa: BLE001 - damaged metadata in an otherwise readable picture
        return rgb
    return rgb.transpose(UPRIGHT[orientation]) if orientation in UPRIGHT else rgb


def frame_note(image: Image.Image) -> list[str]:
    if image.format in ("JPEG", "MPO") or not getattr(image, "is_animated", False):
        return []
    if image.format == "TIFF":  # Pillow counts pages in quadratic time
        return ["First page of several."]
    return [f"First frame of an animation of {image.n_frames}."]
