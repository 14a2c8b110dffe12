"""The typeface of figures and what stands in for it in Chinese, measured and broken into lines."""

from functools import cache, lru_cache
from itertools import groupby
from pathlib import Path

import reportlab
from PIL import ImageFont
from reportlab.pdfbase.ttfonts import TTFontFile

__all__ = [
    "FAMILY",
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


def font_file(bold: bool = False) -> Path:
    """Return the file of Bitstream Vera Sans, which reportlab brings."""
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
"""where systems keep a typeface with Chinese letters: this package brings none, the smallest has 5 MB"""


@lru_cache(maxsize=64)
def chinese_font(size: float) -> ImageFont.FreeTypeFont | None:
    """Return the typeface for Chinese letters of the machine that draws, or None where none is found."""
    found = chinese_file()
    return None if found is None else ImageFont.truetype(found, size)


def chinese_file() -> str | None:
    """Return the file of that typeface."""
    return next((file for file in CHINESE if Path(file).is_file()), None)


def _is_chinese(letter: str) -> bool:
    """Return whether a typeface of simplified Chinese has it; the letters of GBK, the traditional and kana among them."""
    try:
        return ord(letter) not in _letters() and bool(letter.encode("gbk"))
    except UnicodeEncodeError:
        return False


def by_typeface(text: str) -> list[tuple[str, bool]]:
    """Split ``text`` into what the typeface has and, with True, what a Chinese one has."""
    return [("".join(letters), chinese) for chinese, letters in groupby(text, _is_chinese)]


@cache
def _letters() -> frozenset[int]:
    return frozenset(TTFontFile(str(font_file())).charToGlyph)


def printable(text: str) -> str:
    """Return ``text`` with a question mark for every letter that the typeface lacks."""
    return "".join(letter if ord(letter) in _letters() else "?" for letter in text)


def width_of(text: str, size: float, bold: bool = False) -> float:
    """Return the width of a line of text, in the unit of ``size``; a Chinese letter fills a square."""
    parts = by_typeface(text)
    return sum(
        len(part) * size if chinese else font(100, bold).getlength(printable(part)) * size / 100
        for part, chinese in parts
    )


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
