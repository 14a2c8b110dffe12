"""A trace as HTML for notebooks: a table and small pictures, without scripts, fonts or external files."""

import colorsys
import struct
import zlib
from base64 import b64encode
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tome.forward.trace import Trace

__all__ = ["figure", "png", "regions", "table", "trace_html"]

PICTURES = 5
"""layers that are drawn, the input included"""
MOST_FRAMES = 8
WIDTH = 176
"""pixels of a picture, at least"""
SINGLE, DROPPED, EDGE = (232, 232, 228), (40, 40, 40), 0.55
CELL = "padding:1px 10px;text-align:right"


def trace_html(trace: "Trace", image: int = 0) -> str:
    """Return the merges of ``trace`` as HTML: regions of ``image`` after some blocks, and a line for each block."""
    last = trace.layers[-1].grouping.n_out if trace.layers else trace.n_in
    batch = len(trace.tokens)
    head = f"<b>Trace</b> of {len(trace.layers)} blocks: {trace.n_in} → {last} tokens"
    if batch > 1:
        head += f"; image {image} of a batch of {batch}"
    rows: list[tuple[Any, ...]] = [(0, trace.n_in, "", 1, "")]
    for number, step in enumerate(trace.layers, 1):
        size, edges = step.size[image], step.similarity[image]
        least = f"{float(edges[edges > float('-inf')].min()):.3f}" if step.r and edges.numel() else ""
        rows.append((number, int((size > 0).sum()), step.r, int(size.max()), least))
    names = ("after block", "tokens", "r", "patches of the largest token", "least similarity merged")
    return f"<div><p>{head}</p>{_pictures(trace, image)}{table(names, rows)}</div>"


def table(names: tuple[str, ...], rows: list[tuple[Any, ...]]) -> str:
    """Return an HTML table; values are escaped."""
    head = "".join(f'<th scope="col" style="{CELL}">{escape(name)}</th>' for name in names)
    lines = ("".join(f'<td style="{CELL}">{escape(str(value))}</td>' for value in row) for row in rows)
    body = "".join(f"<tr>{line}</tr>" for line in lines)
    return f'<table style="border-collapse:collapse"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>'


def regions(trace: "Trace", layer: int, image: int = 0) -> NDArray[np.uint8] | None:
    """Return the tokens after ``layer`` blocks as a picture, uint8 [h, w, 3]; frames of a clip stand side by side.

    Patches of one token share the colour of their final token; single patches are light, dropped ones dark.
    None for models without a grid of patches.
    """
    grid = trace.grid
    if grid is None or len(grid) not in (2, 3) or trace.n_in - trace.prefix != np.prod(grid):
        return None
    frames = (1, *grid) if len(grid) == 2 else (min(grid[0], MOST_FRAMES), *grid[1:])
    count = int(np.prod(frames))
    label, final = (_labels(trace, number, image)[:count] for number in (layer, len(trace.layers)))
    size = np.bincount(label[label >= 0], minlength=label.max() + 1)
    hues = {token: _colour(token) for token in np.unique(final)}
    colours = np.array([hues[token] for token in final], float)
    colours[(label >= 0) & (size[label] == 1)] = SINGLE
    colours[label < 0] = DROPPED
    scale = max(3, -(-WIDTH // (frames[0] * frames[2])))
    strip = [_enlarged(label.reshape(frames)[n], colours.reshape(*frames, 3)[n], scale) for n in range(frames[0])]
    gap = np.full((strip[0].shape[0], 3, 3), 255)
    return np.hstack([part for one in strip for part in (one, gap)][:-1]).astype(np.uint8)


def png(pixels: NDArray[np.uint8]) -> bytes:
    """Return a picture, uint8 [h, w, 3], as a PNG file."""
    height, width, _ = pixels.shape
    rows = np.concatenate([np.zeros((height, 1), np.uint8), pixels.reshape(height, -1)], 1)
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(rows.tobytes(), 9)), (b"IEND", b""))
    chunks = (
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _pictures(trace: "Trace", image: int) -> str:
    depth = len(trace.layers)
    chosen = sorted({round(depth * part / (PICTURES - 1)) for part in range(PICTURES)})
    return "".join(figure(trace, layer, image, f"after block {layer}" if layer else "input") for layer in chosen)


def figure(trace: "Trace", layer: int, image: int, words: str) -> str:
    """Return the regions after ``layer`` blocks with ``words`` below them; empty for models without a grid."""
    picture = regions(trace, layer, image)
    if picture is None:
        return ""
    source = f"data:image/png;base64,{b64encode(png(picture)).decode()}"
    return (
        f'<figure style="display:inline-block;margin:0 8px 8px 0"><img alt="Regions, {escape(words)}" src="{source}">'
        f"<figcaption>{escape(words)}</figcaption></figure>"
    )


def _labels(trace: "Trace", layer: int, image: int) -> NDArray[np.int64]:
    if layer == 0:
        return np.arange(trace.n_in - trace.prefix)
    found: NDArray[np.int64] = trace.source(layer - 1)[image, trace.prefix :].cpu().numpy()
    return found


def _colour(token: int) -> tuple[float, ...]:
    # Steps by the golden angle keep neighbours apart.
    return tuple(255 * part for part in colorsys.hsv_to_rgb(0.618034 * int(token) % 1, 0.45, 0.88))


def _enlarged(label: NDArray[np.int64], colours: NDArray[np.float64], scale: int) -> NDArray[np.float64]:
    """Return a cell of ``scale`` pixels for each patch, with darker borders between tokens."""
    wide, tall = label.repeat(scale, 0).repeat(scale, 1), colours.repeat(scale, 0).repeat(scale, 1)
    edge = np.zeros(wide.shape, bool)
    edge[:, 1:] |= wide[:, 1:] != wide[:, :-1]
    edge[1:] |= wide[1:] != wide[:-1]
    tall[edge] *= EDGE
    return tall
