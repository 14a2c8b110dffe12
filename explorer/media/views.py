"""The part of a picture that a model sees, its grid of patches and its size."""

import math
from dataclasses import dataclass
from io import BytesIO
from typing import Literal

import numpy as np
from PIL import Image

from explorer.media.images import Picture

INTERPOLATIONS = {
    "nearest": Image.Resampling.NEAREST,
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}
SLACK = 1.15  # tolerated factor between actual and requested patches of a whole view


@dataclass(frozen=True)
class View:
    """A rectangle of a picture, in its pixels, laid out as rows × cols square patches of `patch` pixels."""

    x: float
    y: float
    width: float
    height: float
    rows: int
    cols: int
    patch: int


def fit(
    picture: Picture,
    patch: int,
    target_patches: int,
    crop: Literal["whole", "square"] = "whole",
    offset: float = 0.5,
) -> View:
    """Choose the part of a picture and the grid for a model that takes about `target_patches` patches.

    "whole" keeps the picture's aspect ratio as closely as a grid within SLACK of the target can.
    "square" takes the largest square, moved along the longer side from 0 (left or top) to 1, on the largest
    square grid of no more than `target_patches`.
    """
    for argument, value in (("patch", patch), ("target_patches", target_patches)):
        if value < 1:
            raise ValueError(f"{argument} must be at least 1, got {value}")
    if not 0 <= offset <= 1:
        raise ValueError(f"offset must be from 0 to 1, got {offset}")
    height, width = picture.pixels.shape[:2]
    if crop == "whole":
        return View(0, 0, width, height, *_grid(width / height, target_patches), patch)
    if crop == "square":
        side, cells = min(width, height), math.isqrt(target_patches)
        return View(offset * (width - side), offset * (height - side), side, side, cells, cells, patch)
    raise ValueError(f'crop must be "whole" or "square", got {crop!r}')


def _grid(aspect: float, target: int) -> tuple[int, int]:
    """Rows and columns nearest to the aspect ratio (width / height), and of those nearest to the target."""
    fewest, most = max(1, int(target / SLACK)), int(target * SLACK)
    grids = []
    for rows in range(1, most + 1):
        least, greatest = -(-fewest // rows), most // rows
        best = rows * aspect  # the error is unimodal, so only its two neighbours can win
        for cols in {min(max(cols, least), greatest) for cols in (math.floor(best), math.ceil(best))}:
            if least <= cols:
                grids.append((rows, cols))

    def distance(grid: tuple[int, int]) -> tuple[float, int]:
        stretch = abs(math.log(grid[1] / grid[0] / aspect))
        return round(stretch, 9), abs(math.prod(grid) - target)  # rounded, so that equal ratios tie

    return min(grids, key=distance)


def crop_and_resize(picture: Picture, view: View, interpolation: str = "bicubic") -> np.ndarray:
    """Return the model's view: uint8 [rows * patch, cols * patch, 3], antialiased.

    Equals resizing the whole picture and then cropping: pixels next to the view count at its borders.
    """
    if interpolation not in INTERPOLATIONS:
        raise ValueError(f"interpolation must be one of {', '.join(INTERPOLATIONS)}, got {interpolation!r}")
    size = (view.cols * view.patch, view.rows * view.patch)
    box = (view.x, view.y, view.x + view.width, view.y + view.height)
    return np.array(Image.fromarray(picture.pixels).resize(size, INTERPOLATIONS[interpolation], box=box))


def thumbnail(picture: Picture, longest: int = 960, quality: int = 80) -> tuple[bytes, int, int]:
    """Return the picture as a JPEG without metadata, at most ``longest`` pixels long, with its width and height."""
    if longest < 1:
        raise ValueError(f"longest must be at least 1, got {longest}")
    if not 1 <= quality <= 95:
        raise ValueError(f"quality must be from 1 to 95, got {quality}")
    image = Image.fromarray(picture.pixels)
    image.thumbnail((longest, longest), Image.Resampling.BICUBIC)
    stream = BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return stream.getvalue(), *image.size
