"""A drawing as pixels, by Pillow."""

from functools import lru_cache
from io import BytesIO

import numpy as np
from PIL import Image, ImageDraw
from PIL.PngImagePlugin import PngInfo

from explorer.export.drawing import PAPER, Drawing, Line, Mark, Photo, Regions, Shape, Words
from explorer.export.words import by_typeface, chinese_font, font, printable, width_of

__all__ = ["KEY", "png", "raster"]

KEY = "tome-view"
"""keyword of the PNG text chunk with the origin"""


def png(drawing: Drawing, width: int) -> bytes:
    """Return ``drawing`` as a PNG of ``width`` pixels, with caption and origin in text chunks."""
    told = PngInfo()
    told.add_itxt("Title", drawing.title)
    told.add_itxt("Description", drawing.caption)
    told.add_itxt(KEY, drawing.origin)
    stream = BytesIO()
    size = {"dpi": (width / drawing.inches,) * 2} if drawing.inches else {}
    raster(drawing, width).save(stream, "PNG", pnginfo=told, **size)
    return stream.getvalue()


def raster(drawing: Drawing, width: int) -> Image.Image:
    """Return ``drawing`` as a picture of ``width`` pixels."""
    scale = width / drawing.width
    sheet = Image.new("RGB", (width, round(drawing.height * scale)), PAPER)
    for mark in drawing.marks:
        _draw(sheet, mark, scale)
    return sheet


def _draw(sheet: Image.Image, mark: Mark, scale: float) -> None:
    match mark:
        case Photo(x, y, width, height, jpeg):
            left, top, right, bottom = _box(x, y, width, height, scale)
            sheet.paste(_scaled(jpeg, right - left, bottom - top), (left, top))
        case Regions():
            _regions(sheet, mark, scale)
        case Line(pieces, colour, width, opacity):
            _line(sheet, pieces * scale, colour, max(1, round(width * scale)), opacity)
        case Shape(points, colour, opacity):
            mask = Image.new("L", sheet.size)
            pen = ImageDraw.Draw(mask)
            for number, loop in enumerate(points):
                corners = [(round(x * scale), round(y * scale)) for x, y in loop]
                pen.polygon(corners, fill=0 if number else round(255 * opacity))
            sheet.paste(colour, mask=mask)
        case Words(x, y, text, size, bold, colour):
            pen = ImageDraw.Draw(sheet)
            for part, chinese in by_typeface(text):
                own = chinese_font(size * scale) if chinese else None
                said, drawn = (part, own) if own else (printable(part), font(size * scale, bold))
                pen.text((x * scale, y * scale), said, fill=colour, font=drawn, anchor="ls")
                x += width_of(part, size, bold)


def _box(x: float, y: float, width: float, height: float, scale: float) -> tuple[int, int, int, int]:
    return round(x * scale), round(y * scale), round((x + width) * scale), round((y + height) * scale)


@lru_cache(maxsize=4)  # a film shows the same photo in every layer
def _scaled(jpeg: bytes, width: int, height: int) -> Image.Image:
    return Image.open(BytesIO(jpeg)).convert("RGB").resize((width, height), Image.Resampling.BICUBIC)


def _regions(sheet: Image.Image, mark: Regions, scale: float) -> None:
    left, top, right, bottom = _box(mark.x, mark.y, mark.width, mark.height, scale)
    cells = np.concatenate([mark.colours, np.zeros((1, 4), np.uint8)])[mark.labels]  # −1 picks the last: transparent
    cover = Image.fromarray(cells, "RGBA").resize((right - left, bottom - top), Image.Resampling.NEAREST)
    sheet.paste(cover, (left, top), cover)


def _line(sheet: Image.Image, pieces: np.ndarray, colour, width: int, opacity: float) -> None:
    """Draw all pieces into one mask, so that crossings are not darker."""
    if not len(pieces):
        return
    half = width // 2 + 1
    left, top = np.floor(pieces.min(0).reshape(2, 2).min(0)).astype(int) - half
    right, bottom = np.ceil(pieces.max(0).reshape(2, 2).max(0)).astype(int) + half + 1
    mask = Image.new("L", (int(right - left), int(bottom - top)))
    pen, value = ImageDraw.Draw(mask), round(255 * opacity)
    for x0, y0, x1, y1 in np.rint(pieces - np.array([left, top, left, top])).astype(int).tolist():
        if x0 != x1 and y0 != y1:
            pen.line((x0, y0, x1, y1), fill=value, width=width)
            continue
        before, after = width // 2, width - width // 2 - 1
        pen.rectangle(
            (min(x0, x1) - before, min(y0, y1) - before, max(x0, x1) + after, max(y0, y1) + after), fill=value
        )
    sheet.paste(colour, (int(left), int(top)), mask)
