"""Measure the memory of a drawing per pixel, by format: `python tests/drawing_memory.py`, two minutes."""

# ruff: noqa: T201 — a command prints

import subprocess
import sys
from pathlib import Path

sys.path.append(str(Path(__file__).with_name("media")))
from test_images import peak_growth

from explorer.export.make import write
from explorer.export.panel import Look
from explorer.export.settings import settings
from explorer.export.sheet import Figure, figure
from explorer.export.tiles import Story
from explorer.media.photos import sample
from explorer.media.views import thumbnail
from explorer.records.stored import stored
from tome.config import MergeConfig

FORMATS = ("png", "gif", "webp", "mp4", "webm", "svg", "pdf", "html")
SHAPES = ((960, 1), (1920, 1), (1920, 2), (1920, 4))
"""width in pixels, and panels"""


def drawn(panels: int, moving: bool) -> Figure:
    """Return a figure with the stored record in every panel."""
    told = [settings("DINOv2 ViT-S/14", "embedded", "224 px", MergeConfig(r=r + 1)) for r in range(panels)]
    return Figure([Story(stored(), thumbnail(sample("dog"))[0])] * panels, Look(8), told, moving=moving)


def pixels(told: Figure, width: int) -> int:
    """Return the pixels of one picture of the figure."""
    drawing = figure(told)
    return width * round(drawing.height * width / drawing.width)


def measure(format: str, width: int, panels: int) -> None:
    told = drawn(panels, format in ("gif", "webp", "mp4", "webm"))
    write(told, format, 320)  # warm-up: one-time imports and reads do not count
    one = pixels(told, width)
    grown = peak_growth(lambda: write(told, format, width)) * 2**20
    print(
        f"{format:<5} {width} px, {panels} panels: {one / 1e6:.2f} Mpx, {grown / 1e6:.0f} MB, {grown / one:.1f} bytes each"
    )


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], *map(int, sys.argv[2:]))
    else:
        for format in FORMATS:
            for shape in SHAPES:
                subprocess.run([sys.executable, __file__, format, *map(str, shape)], check=True)
