"""A drawing as PDF, by reportlab: vector outlines, selectable text, embedded typeface."""

from functools import cache
from io import BytesIO

from reportlab.lib.utils import ImageReader
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.pdfmetrics import registerFont
from reportlab.pdfbase.ttfonts import TTFError, TTFont
from reportlab.pdfgen.canvas import FILL_EVEN_ODD, Canvas

from explorer.export.drawing import Drawing, Line, Mark, Photo, Regions, Shape, Words
from explorer.export.words import by_typeface, chinese_file, font_file, printable, width_of

__all__ = ["pdf"]

PLAIN, BOLD, CHINESE, SONG = "ToMeSans", "ToMeSans-Bold", "ToMeChinese", "STSong-Light"
for _name, _bold in ((PLAIN, False), (BOLD, True)):
    registerFont(TTFont(_name, str(font_file(_bold))))


@cache
def _chinese() -> str:
    """Return the name of a typeface for Chinese letters.

    Embeds the machine's.  Without one that reportlab can read, names a standard typeface that the PDF viewer must
    provide.
    """
    found = chinese_file()
    try:
        if found is not None:
            registerFont(TTFont(CHINESE, found))
            return CHINESE
    except TTFError:
        pass
    registerFont(UnicodeCIDFont(SONG))
    return SONG


def pdf(drawing: Drawing) -> bytes:
    """Return ``drawing`` as a PDF of one page, one point per unit unless it has a size on paper."""
    stream, points = BytesIO(), drawing.points or 1
    canvas = Canvas(stream, (drawing.width * points, drawing.height * points), pageCompression=1, invariant=1)
    canvas.setTitle(drawing.title)
    canvas.setSubject(drawing.caption)
    canvas.setKeywords(drawing.origin)
    if points != 1:
        canvas.scale(points, points)
    canvas.translate(0, drawing.height)  # reportlab's y axis points up
    for mark in drawing.marks:
        canvas.saveState()
        _draw(canvas, mark)
        canvas.restoreState()
    canvas.showPage()
    canvas.save()
    return stream.getvalue()


def _draw(canvas: Canvas, mark: Mark) -> None:
    match mark:
        case Photo(x, y, width, height, jpeg):
            canvas.drawImage(ImageReader(BytesIO(jpeg)), x, -y - height, width, height)
        case Regions():
            for _, (*colour, alpha), points in mark.outlined():
                _fill(canvas, points, colour, alpha / 255)
        case Line(pieces, colour, width, opacity):
            canvas.setStrokeColorRGB(*_share(colour), alpha=opacity)
            canvas.setLineWidth(width)
            canvas.setLineCap(2)
            path = canvas.beginPath()
            for x0, y0, x1, y1 in pieces:
                path.moveTo(x0, -y0)
                path.lineTo(x1, -y1)
            canvas.drawPath(path, stroke=1, fill=0)
        case Shape(points, colour, opacity):
            _fill(canvas, points, colour, opacity)
        case Words(x, y, text, size, bold, colour):
            canvas.setFillColorRGB(*_share(colour))
            for part, chinese in by_typeface(text):
                canvas.setFont(_chinese() if chinese else BOLD if bold else PLAIN, size)
                canvas.drawString(x, -y, part if chinese else printable(part))
                x += width_of(part, size, bold)


def _fill(canvas: Canvas, points, colour, opacity: float) -> None:
    canvas.setFillColorRGB(*_share(colour), alpha=opacity)
    path = canvas.beginPath()
    for (x, y), *others in points:
        path.moveTo(x, -y)
        for x, y in others:
            path.lineTo(x, -y)
        path.close()
    canvas.drawPath(path, stroke=0, fill=1, fillMode=FILL_EVEN_ODD)


def _share(colour) -> tuple[float, ...]:
    return tuple(channel / 255 for channel in colour)
