"""The words of a text in the cells of its grid, each on the colour of its token."""

from collections.abc import Callable, Sequence

import numpy as np

from explorer.export.drawing import BLANK, PAPER, Colour, Words
from explorer.export.words import width_of

__all__ = ["lettering"]

BLACK: Colour = (0, 0, 0)
"""more than ink: on green and orange that would have less than 4.5"""
PALE: Colour = (150, 154, 160)
"""of a word that was dropped"""
HIGH, WIDE, LARGEST = 0.62, 0.92, 30
"""of letters: shares of a cell, and their height at most"""


def lettering(
    words: Sequence[str], labels: np.ndarray, colours: np.ndarray, place: Callable[[np.ndarray], np.ndarray]
) -> list[Words]:
    """Return ``words`` in the cells of ``labels``, int [rows, columns], on the ``colours`` of their tokens, uint8 [tokens, 4].

    ``place`` gives boxes in cells, [n, 4], as boxes on the paper.
    """
    cols = labels.shape[1]
    cells = np.arange(len(words))
    corners = np.stack([cells % cols, cells // cols, cells % cols + 1, cells // cols + 1], 1)
    boxes, tokens = place(corners).tolist(), labels.reshape(-1)
    return [
        _word(word, box, PALE if token < 0 else _ink(colours[token]))
        for word, box, token in zip(words, boxes, tokens, strict=False)
    ]


def _word(word: str, box: Sequence[float], colour: Colour) -> Words:
    left, top, right, bottom = box
    size = min(HIGH * (bottom - top), LARGEST)
    size *= min(1, WIDE * (right - left) / max(width_of(word, size), 1))
    size = max(np.floor(2 * size), 1) / 2  # a typeface is loaded for each size
    x = (left + right - width_of(word, size)) / 2
    return Words(x, (top + bottom) / 2 + 0.36 * size, word, size, colour=colour)


def _ink(fill: np.ndarray) -> Colour:
    """Return the darker or the lighter letters, whichever stand out more on ``fill``, RGBA over BLANK."""
    *colour, alpha = fill.tolist()
    seen = np.array(colour) * alpha / 255 + np.array(BLANK) * (1 - alpha / 255)
    return max((BLACK, PAPER), key=lambda ink: _contrast(ink, seen))


def _contrast(one: Sequence[float], other: Sequence[float]) -> float:
    """Return the contrast of two colours, 1 to 21, as WCAG 2 has it."""
    low, high = sorted((_luminance(one), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def _luminance(colour: Sequence[float]) -> float:
    share = np.asarray(colour) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))
