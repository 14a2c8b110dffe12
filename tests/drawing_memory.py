"""Measure the memory of a drawing per pixel, by format: `python tests/drawing_memory.py`, two minutes."""

# ruff: noqa: T201 — a command prints

import argparse
import subprocess
import sys
from datetime import date
from itertools import product
from pathlib import Path
from types import SimpleNamespace

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
from tome.lab.table import Table

MODEL = SimpleNamespace(label="DINOv2 ViT-S/14", weights="embedded", digest="1a2b3c4d")

FORMATS = ("png", "gif", "webp", "mp4", "webm", "svg", "pdf", "html")
SHAPES = ((960, 1), (1920, 1), (1920, 2), (1920, 4), (1920, 12))
"""width in pixels, and panels"""


def drawn(panels: int, moving: bool) -> Figure:
    """Return a figure with the stored record in every panel."""
    told = [settings(MODEL, "224 px", MergeConfig(r=r + 1)) for r in range(panels)]
    return Figure([Story(stored(), thumbnail(sample("dog"))[0])] * panels, Look(8), told, moving=moving)


def pixels(told: Figure, width: int) -> int:
    """Return the pixels of one picture of the figure."""
    drawing = figure(told)
    return width * round(drawing.height * width / drawing.width)


def measure(format: str, width: int, panels: int) -> dict[str, object]:
    """Return the peak growth of this process while it writes one file."""
    told = drawn(panels, format in ("gif", "webp", "mp4", "webm"))
    write(told, format, 320)  # warm-up: one-time imports and reads do not count
    one = pixels(told, width)
    grown = peak_growth(lambda: write(told, format, width)) * 2**20
    sizes = {
        "megapixels": f"{one / 1e6:.2f}",
        "megabytes": f"{grown / 1e6:.1f}",
        "bytes_per_pixel": f"{grown / one:.1f}",
    }
    return {"format": format, "width": width, "panels": panels, **sizes, "date": date.today().isoformat()}


def main(argv: list[str] | None = None) -> None:
    """Measure every format, each size in a process of its own, and print and store the growth."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--csv", metavar="FILE", help="append the growths to this table")
    parser.add_argument("--only", nargs=3, metavar=("FORMAT", "WIDTH", "PANELS"), help="one file, in this process")
    args = parser.parse_args(argv)
    if not args.only:
        to = ["--csv", args.csv] if args.csv else []
        for format, (width, panels) in product(FORMATS, SHAPES):
            subprocess.run([sys.executable, __file__, *to, "--only", format, str(width), str(panels)], check=True)
        return
    record = measure(args.only[0], *map(int, args.only[1:]))
    print(*(f"{name} {value}" for name, value in record.items()), sep=", ")
    with Table(args.csv, ("format", "width", "panels")) as table:
        table.append(record)


if __name__ == "__main__":
    main()
