"""What the colours and marks of a figure mean."""

from collections.abc import Sequence

import numpy as np

from explorer.export.drawing import Colour, Mark, Regions, Words
from explorer.export.hues import SIZE_STOPS
from explorer.export.panel import Look
from explorer.export.settings import cells_of
from explorer.export.tiles import Story
from explorer.export.words import width_of
from explorer.records.schema import Record

__all__ = ["legend"]

FAINT: Colour = (96, 101, 107)
LEGENDS = {
    "mean": "Tokens of several {cells} have their mean colour; single {cells} show the {subject}.",
    "region": "A region keeps its hue over the layers; single {cells} show the {subject}.",
    "photo": "The {subject}, with the borders of the tokens.",
}
KEPT = "Kept {cells} show the {subject}."
THIN = "The spectrogram, without the colours of tokens."
"""of steps too narrow for borders"""
KEPT_WORDS = "Grey words, each in a frame, are kept."
GREY_WORDS = "A token keeps its hue over the layers; a grey word in a frame of its own is a token by itself."


def legend(stories: Sequence[Story], look: Look, x: float, base: float, size: float) -> list[Mark]:
    """Return one line from ``x`` on, its letters ``size`` high on the line ``base``."""
    if look.fill == "size":
        return _scale(stories, x, base, size)
    first = stories[0]
    cells = cells_of(first.record)
    dropped = any(((story.labels[-1] < 0) & story.held).any() for story in stories)
    if look.fill == "photo":
        said = THIN if first.record.sound else LEGENDS["photo"]
    elif dropped and max(story.largest for story in stories) == 1:
        said = KEPT_WORDS if first.words else KEPT
    else:
        said = GREY_WORDS if first.words else LEGENDS[look.fill]
    parts = [said.format(cells=cells, subject=_subject(first.record))]
    if look.arrows:
        parts.append("Arrows lead from a merged token to the one that took it in.")
    if dropped:
        parts.append(f"Hatched {cells} were dropped.")
    return [Words(x, base, " ".join(parts), size, colour=FAINT)]


def _scale(stories: Sequence[Story], x: float, base: float, size: float) -> list[Mark]:
    cells = cells_of(stories[0].record)
    one = {"patches": "patch", "words": "word"}.get(cells, "step of time")
    largest = max(story.largest for story in stories)
    before, after = f"1 {one}", f"{largest} {cells if largest > 1 else one} in a token, logarithmic"
    at = x + width_of(before, size) + 8
    colours = np.concatenate([SIZE_STOPS, np.full((len(SIZE_STOPS), 1), 255)], 1).astype(np.uint8)
    wide = 12 * len(SIZE_STOPS)
    return [
        Words(x, base, before, size, colour=FAINT),
        Regions(at, base - size, wide, size + 2, np.arange(len(SIZE_STOPS))[None], colours),
        Words(at + wide + 8, base, after, size, colour=FAINT),
    ]


def _subject(record: Record) -> str:
    if record.text:
        return "text"
    return "spectrogram" if record.sound or record.heard else "frame" if record.frames else "photo"
