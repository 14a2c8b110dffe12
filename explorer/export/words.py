"""The one typeface of figures, measured and broken into lines."""

from functools import cache, lru_cache
from pathlib import Path

import reportlab
from PIL import ImageFont
from reportlab.pdfbase.ttfonts import TTFontFile

__all__ = ["FAMILY", "font", "font_file", "lines", "printable", "width_of"]

FAMILY = "'Bitstream Vera Sans', 'DejaVu Sans', Verdana, sans-serif"
"""the first of them that a reader's machine has; it is in PDFs and pictures itself"""


def font_file(bold: bool = False) -> Path:
    """Return the file of Bitstream Vera Sans, which reportlab brings."""
    return Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf")


@cache
def font(size: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(bold)), size)


@cache
def _letters() -> frozenset[int]:
    return frozenset(TTFontFile(str(font_file())).charToGlyph)


def printable(text: str) -> str:
    """Return ``text`` with a question mark for every letter that the typeface lacks."""
    return "".join(letter if ord(letter) in _letters() else "?" for letter in text)


def width_of(text: str, size: float, bold: bool = False) -> float:
    return font(100, bold).getlength(printable(text)) * size / 100


@lru_cache(maxsize=64)  # every layer of a film has the same caption
def lines(text: str, size: float, width: float) -> tuple[str, ...]:
    """Break ``text`` into lines no wider than ``width``; a longer word stands alone."""
    found, line = [], ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size) > width:
            found.append(line)
            line = word
        else:
            line = longer
    return (*found, line) if line else tuple(found)
