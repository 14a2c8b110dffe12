"""Where the pictures of a figure stand and how large its letters are: on a screen, or on paper of a given width."""

from dataclasses import dataclass

__all__ = ["MOST_COLUMNS", "WIDE", "Layout", "on_paper", "on_screen"]

WIDE = 960
"""width of a figure of one picture on a screen, in drawing units; the query sets the pixels"""
MOST_COLUMNS = 4
POINTS = 0.4
"""of a unit on paper: there, too, lines suit the pictures that they are in"""
LEAST = 88
"""width of a picture beside others on paper, in points: four stand across a text of 5.5 inches"""


@dataclass(frozen=True)
class Layout:
    """Sizes of a figure in drawing units."""

    columns: int
    wide: float
    """width of a picture"""
    margin: float
    gap: float
    title: float
    text: float
    small: float
    """sizes of letters"""
    points: float | None = None
    """of a unit on paper; None if the figure has no size there"""

    @property
    def width(self) -> float:
        return self.columns * self.wide + (self.columns - 1) * self.gap + 2 * self.margin

    @property
    def inner(self) -> float:
        """The width between the margins."""
        return self.width - 2 * self.margin


def on_screen(pictures: int) -> Layout:
    """Return the layout of so many pictures, at most MOST_COLUMNS in a row."""
    columns = min(pictures, MOST_COLUMNS)
    wide = WIDE - 40 if columns == 1 else max(320, 1400 // columns)
    return Layout(columns, wide, margin=20, gap=20, title=17 if wide > WIDE / 2 else 14, text=14, small=12)


def on_paper(pictures: int, inches: float, most: int = MOST_COLUMNS) -> Layout:
    """Return the layout on paper of this width: letters of 7 points, and rows as even as possible, of at most ``most``."""
    margin, gap, width = 2 / POINTS, 8 / POINTS, inches * 72 / POINTS
    fitting = int((width - 2 * margin + gap) / (LEAST / POINTS + gap))
    rows = -(-pictures // max(1, min(fitting, most)))
    columns = -(-pictures // rows)
    wide = (width - 2 * margin - (columns - 1) * gap) / columns
    letters = 7 / POINTS
    return Layout(columns, wide, margin, gap, letters, letters, letters, POINTS)
