"""A drawing as plain data, written by svg.py, pdf.py and raster.py."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from explorer.export.outline import loops

__all__ = ["BLANK", "INK", "PAPER", "Drawing", "Line", "Mark", "Photo", "Regions", "Shape", "Words"]

Colour = tuple[int, int, int]
Loops = Sequence[Sequence[tuple[float, float]]]
"""of a polygon: the first one around it, the others around its holes"""
INK: Colour = (29, 33, 38)
PAPER: Colour = (255, 255, 255)
BLANK: Colour = (96, 104, 114)
"""under words of which each is a token, as in scene.js"""


@dataclass(frozen=True)
class Photo:
    """A picture, over the whole of its box."""

    x: float
    y: float
    width: float
    height: float
    jpeg: bytes


@dataclass(frozen=True, eq=False)
class Regions:
    """Filled cells of a grid over a box: each token in one colour."""

    x: float
    y: float
    width: float
    height: float
    labels: np.ndarray
    """int [rows, columns]; −1 where nothing is filled"""
    colours: np.ndarray
    """uint8 [tokens, 4]: RGBA; a token of alpha 0 is not filled"""
    cells: str = "token"
    """what a label numbers"""

    def outlined(self) -> Iterator[tuple[int, list[int], Loops]]:
        """Yield each filled token, its RGBA, and its loops on the paper."""
        rows, cols = self.labels.shape
        for token in np.unique(self.labels[self.labels >= 0]).tolist():
            colour = self.colours[token].tolist()
            if colour[3]:
                yield (
                    token,
                    colour,
                    [
                        [(self.x + x * self.width / cols, self.y + y * self.height / rows) for x, y in loop]
                        for loop in loops(self.labels == token)
                    ],
                )


@dataclass(frozen=True, eq=False)
class Line:
    """Straight pieces of one pen."""

    pieces: np.ndarray
    """float [n, 4]: x and y of both ends"""
    colour: Colour
    width: float
    opacity: float = 1.0


@dataclass(frozen=True)
class Shape:
    """A filled polygon, or a rectangle with a hole."""

    loops: Loops
    colour: Colour
    opacity: float = 1.0


@dataclass(frozen=True)
class Words:
    """A line of text; ``y`` is that of its baseline."""

    x: float
    y: float
    text: str
    size: float
    bold: bool = False
    colour: Colour = INK


Mark = Photo | Regions | Line | Shape | Words


@dataclass(frozen=True)
class Drawing:
    """Marks in the order in which they are drawn, on white paper."""

    width: float
    height: float
    marks: Sequence[Mark]
    title: str
    caption: str
    origin: str = field(default="", repr=False)
    """provenance for the file's metadata: see origin.py"""
    points: float | None = None
    """size of a unit on paper; by default a point in PDF, and a pixel of CSS in SVG"""

    @property
    def inches(self) -> float | None:
        """The width on paper, if it is fixed."""
        return self.points and self.width * self.points / 72
