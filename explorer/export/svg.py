"""A drawing as SVG: a path per token, and selectable text."""

from base64 import b64encode
from xml.sax.saxutils import escape

from explorer.export.drawing import Colour, Drawing, Line, Loops, Mark, Photo, Regions, Shape, Words
from explorer.export.words import FAMILY

__all__ = ["svg"]

HEAD = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
    'width="{wide}" height="{high}" viewBox="0 0 {width:g} {height:g}" '
    'role="img" aria-labelledby="title desc" font-family="{family}">\n'
    '<title id="title">{title}</title>\n<desc id="desc">{caption}</desc>\n'
    '<metadata>\n<view xmlns="https://arxiv.org/abs/2210.09461">{origin}</view>\n</metadata>\n'
    '<rect width="100%" height="100%" fill="#ffffff"/>\n'
)


def svg(drawing: Drawing) -> bytes:
    """Return ``drawing`` as an SVG 1.1 file with embedded photos."""
    wide, high = (_length(side, drawing.points) for side in (drawing.width, drawing.height))
    head = HEAD.format(
        wide=wide,
        high=high,
        width=drawing.width,
        height=drawing.height,
        family=escape(FAMILY),
        title=_text(drawing.title),
        caption=_text(drawing.caption),
        origin=_text(drawing.origin),
    )
    body = "\n".join(_element(mark) for mark in drawing.marks)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{head}{body}\n</svg>\n'.encode()


def _length(units: float, points: float | None) -> str:
    return f"{units:g}" if points is None else f"{units * points / 72:.6g}in"


def _element(mark: Mark) -> str:
    match mark:
        case Photo(x, y, width, height, jpeg):
            # xlink:href of SVG 1.1: Inkscape 1.2 draws no picture with href alone, and browsers know both.
            data, kind = b64encode(jpeg).decode(), "png" if jpeg.startswith(b"\x89PNG") else "jpeg"
            return (
                f'<image x="{_n(x)}" y="{_n(y)}" width="{_n(width)}" height="{_n(height)}" preserveAspectRatio="none" '
                f'xlink:href="data:image/{kind};base64,{data}"/>'
            )
        case Regions():
            return _regions(mark)
        case Line(pieces, colour, width, opacity):
            path = "".join(f"M{_n(a)} {_n(b)}L{_n(c)} {_n(d)}" for a, b, c, d in pieces)
            stroke = f'stroke="{_colour(colour)}" stroke-width="{_n(width)}" stroke-opacity="{_n(opacity)}"'
            return f'<path d="{path}" fill="none" stroke-linecap="square" {stroke}/>'
        case Shape(points, colour, opacity):
            return (
                f'<path d="{_path(points)}" fill="{_colour(colour)}" fill-opacity="{_n(opacity)}" fill-rule="evenodd"/>'
            )
        case Words(x, y, text, size, bold, colour):
            weight = ' font-weight="bold"' if bold else ""
            fill = _colour(colour)
            return f'<text x="{_n(x)}" y="{_n(y)}" font-size="{_n(size)}" fill="{fill}"{weight}>{_text(text)}</text>'


def _regions(mark: Regions) -> str:
    """Return a path for each filled token; its class names it."""
    paths = []
    for token, (red, green, blue, alpha), points in mark.outlined():
        opacity, fill = "" if alpha == 255 else f' fill-opacity="{_n(alpha / 255)}"', _colour((red, green, blue))
        paths.append(f'<path class="{mark.cells}-{token}" d="{_path(points)}" fill="{fill}"{opacity}/>')
    return '<g fill-rule="evenodd" shape-rendering="crispEdges">' + "\n".join(paths) + "</g>"


def _path(points: Loops) -> str:
    return "".join("M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in loop) + "Z" for loop in points)


def _colour(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)


def _n(value: float) -> str:
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _text(text: str) -> str:
    """Escape for XML, without forbidden characters."""
    return escape("".join(letter for letter in text if letter >= " " or letter in "\t\n"))
