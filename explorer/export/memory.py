"""Memory that a drawing takes in each format, and its reservation.  `python tests/drawing_memory.py` measures it."""

from collections.abc import Iterator
from contextlib import contextmanager
from math import ceil

from explorer.export.sheet import Figure, figure
from explorer.memory.guard import room_for
from explorer.records.errors import BadQuery

__all__ = ["drawing_bytes", "room_to_draw"]

FLAT, FLAT_PANELS = 32 * 2**20, 4
"""bytes for any file of up to so many panels: text, outlines and photos"""
STILL = {"png": 16}
"""bytes per pixel"""
ALL_AT_ONCE = {"gif": 12, "webp": 8}
"""bytes per pixel of all pictures together: the encoder holds them until the last"""
ONE_BY_ONE = {"mp4": 130, "webm": 190}
"""bytes per pixel of one picture, the encoder's look-ahead included"""
MOST_SIDE = {"gif": 65_535, "webp": 16_383, "mp4": 16_384, "webm": 16_384}
"""limit of the format or its encoder, in pixels"""


def drawing_bytes(told: Figure, format: str, width: int) -> int:
    """Return the peak memory for writing ``told`` as ``format``, in bytes.

    Raises BadQuery for a picture that is too high for the format.
    """
    flat = FLAT * ceil(len(told.stories) / FLAT_PANELS)
    if format not in STILL | ALL_AT_ONCE | ONE_BY_ONE:
        return flat
    drawing = figure(told)
    height = round(drawing.height * width / drawing.width)
    if height > (most := MOST_SIDE.get(format, height)):
        wide = int(most * drawing.width / drawing.height)
        raise BadQuery(
            "width", f"must be at most {wide}, as {format.upper()} is at most {most} pixels high", str(width)
        )
    pixels = width * height
    if format in ALL_AT_ONCE:
        return flat + ALL_AT_ONCE[format] * pixels * (told.depth + 1)
    return flat + (STILL | ONE_BY_ONE)[format] * pixels


@contextmanager
def room_to_draw(told: Figure, format: str, width: int) -> Iterator[None]:
    """Reserve the memory of a drawing for the block.  Raises Busy without room, and BadQuery as above."""
    with room_for(drawing_bytes(told, format, width)):
        yield
