"""Text in figures: typefaces, the fallback for Chinese, widths and line breaks."""

from collections.abc import Iterator
from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

import reportlab
from PIL import ImageFont
from reportlab.pdfbase.ttfonts import TTFontFile

__all__ = [
    "FAMILY",
    "LINE",
    "by_typeface",
    "chinese_file",
    "chinese_font",
    "font",
    "font_file",
    "lines",
    "printable",
    "width_of",
]

FAMILY = "'Bitstream Vera Sans', 'DejaVu Sans', Verdana, sans-serif"
"""the first of them that a reader's machine has; it is in PDFs and pictures itself"""
LINE = 1.45
"""height of a line in units of its letters"""


def font_file(bold: bool = False) -> Path:
    """Return the file of Bitstream Vera Sans, part of reportlab."""
    return Path(reportlab.__file__).parent / "fonts" / ("VeraBd.ttf" if bold else "Vera.ttf")


@lru_cache(maxsize=64)  # an open file each
def font(size: float, bold: bool = False) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(font_file(bold)), size)


CHINESE = (
    "/usr/share/fonts/truetype/wqy/wqy-zenhei.ttc", "/usr/share/fonts/truetype/wqy/wqy-microhei.ttc",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", "/usr/share/fonts/noto-cjk/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/google-noto-cjk/NotoSansCJK-Regular.ttc", "/System/Library/Fonts/PingFang.ttc",
    "/System/Library/Fonts/STHeiti Light.ttc", "C:/Windows/Fonts/msyh.ttc", "C:/Windows/Fonts/simsun.ttc",
)  # fmt: skip
"""paths of system typefaces with Chinese characters: even the smallest has 5 MB, too much for this package"""


@lru_cache(maxsize=64)
def chinese_font(size: float) -> ImageFont.FreeTypeFont | None:
    """Return this machine's typeface for Chinese, or None."""
    found = chinese_file()
    return None if found is None else ImageFont.truetype(found, size)


def chinese_file() -> str | None:
    """Return the file of that typeface."""
    return next((file for file in CHINESE if Path(file).is_file()), None)


def _is_chinese(letter: str) -> bool:
    """Return whether typefaces for simplified Chinese have the character: GBK, with traditional characters and kana."""
    try:
        return ord(letter) not in _letters() and bool(letter.encode("gbk"))
    except UnicodeEncodeError:
        return False


def by_typeface(text: str) -> list[tuple[str, bool]]:
    """Split ``text`` into parts for the default typeface (False) and for the Chinese one (True)."""
    return [("".join(letters), chinese) for chinese, letters in groupby(text, _is_chinese)]


@cache
def _letters() -> frozenset[int]:
    return frozenset(TTFontFile(str(font_file())).charToGlyph)


def printable(text: str) -> str:
    """Return ``text`` with a question mark for every character missing from the typeface."""
    return "".join(letter if ord(letter) in _letters() else "?" for letter in text)


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text in the unit of ``size``; a Chinese character is square."""
    parts = by_typeface(text)
    return sum(
        len(part) * size if chinese else font(100, bold).getlength(printable(part)) * size / 100
        for part, chinese in parts
    )


@lru_cache(maxsize=64)  # the caption is the same in every layer of a film
def lines(text: str, size: float, width: float) -> tuple[str, ...]:
    """Break ``text`` into lines no wider than ``width``, longer words included."""
    found, line = [], ""
    for word in (piece for whole in text.split() for piece in _pieces(whole, size, width)):
        longer = f"{line} {word}".strip()
        if line and width_of(longer, size) > width:
            found.append(line)
            line = word
        else:
            line = longer
    return (*found, line) if line else tuple(found)


def _pieces(word: str, size: float, width: float) -> Iterator[str]:
    while width_of(word, size) > width and len(word) > 1:
        fitting = (end for end in range(len(word) - 1, 1, -1) if width_of(word[:end], size) <= width)
        end = next(fitting, 1)
        yield word[:end]
        word = word[end:]
    yield word
