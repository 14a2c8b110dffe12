"""What the colours and marks of a figure mean."""

from collections.abc import Sequence
from math import floor, log10

import numpy as np

from explorer.export.drawing import Colour, Mark, Regions, Words
from explorer.export.hues import SIZE_STOPS
from explorer.export.panel import Look
from explorer.export.settings import cells_of
from explorer.export.tiles import Story, difference_colours
from explorer.export.words import LINE, lines, width_of
from explorer.locale.numbers import number
from explorer.records.schema import Record

__all__ = ["legend", "outlines_said", "pinned_said", "scale_of"]

FAINT: Colour = (96, 101, 107)
NARROWEST = 3
"""width of a colour in a scale"""
OPAQUE_STOPS = np.concatenate([SIZE_STOPS, np.full((len(SIZE_STOPS), 1), 255)], 1).astype(np.uint8)
LEGENDS = {
    "mean": "Tokens of several {cells} have their mean colour; single {cells} show the {subject}.",
    "region": "A region keeps its hue over the layers; single {cells} show the {subject}. Hues repeat: borders tell tokens apart.",
    "photo": "The {subject}, with the borders of the tokens.",
}
DIFFERENCE = (
    "Coloured {cells} are in another group than in the reference: the stronger, the fewer {cells} both groups share. "
    "The reference shows the {subject}."
)
KEPT = "Kept {cells} show the {subject}."
THIN = "The spectrogram, without the colours of tokens."
"""of steps too narrow for borders"""
KEPT_WORDS = "Grey words, each in a frame, are kept."
GREY_WORDS = "A token keeps its hue over the layers; a grey word in a frame of its own is a token by itself."
HEAT = (
    "Colours: similarity to the pinned patch, {place}, as the matching of each layer compares it; {scale}. Outlined: "
    "the token of the pinned patch. A panel without colours compares nothing in this layer, or has dropped the patch."
)
"""without the layer: in a film, all layers have this legend"""
ONE_SCALE = "both photos on one scale, below them; of the other photo, the most similar token is outlined"
OWN_SCALES = "every panel from its lowest to its highest value, below it"


def legend(
    stories: Sequence[Story], look: Look, x: float, base: float, size: float, width: float = float("inf")
) -> list[Mark]:
    """Return lines from ``x`` on, at most ``width`` long, their letters ``size`` high, the first on the line ``base``."""
    if stories[0].heat or look.fill != "size":
        said: list[Mark] = [
            Words(x, base + number * LINE * size, line, size, colour=FAINT)
            for number, line in enumerate(lines(_said(stories, look), size, width))
        ]
        if look.fill == "difference" and not stories[0].heat:
            said += _difference_scale(stories[0], x, base + len(said) * LINE * size, size, width)
        return said
    return _scale(stories, x, base, size, width)


def _said(stories: Sequence[Story], look: Look) -> str:
    first = stories[0]
    cells = cells_of(first.record)
    dropped = _some_dropped(stories)
    if first.heat:
        said = HEAT.format(place=_pinned_place(stories), scale=ONE_SCALE if _are_two(stories) else OWN_SCALES)
    elif look.fill == "difference":
        said = DIFFERENCE
    elif look.fill == "photo":
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
    return " ".join(parts)


def _some_dropped(stories: Sequence[Story]) -> bool:
    return any(((story.labels[-1] < 0) & story.held).any() for story in stories)


def outlines_said(stories: Sequence[Story]) -> str:
    """Return the caption's sentence about outlines and hatching."""
    cells = cells_of(stories[0].record)
    if not _some_dropped(stories):
        return f"Each outline is one token; its {cells} need not touch."
    if max(story.largest for story in stories) == 1:
        return f"Hatched {cells} were dropped; each of the others is one token."
    return f"Hatched {cells} were dropped; every other outline is one token, whose {cells} need not touch."


def pinned_said(stories: Sequence[Story], look: Look, pins: Sequence[int | None] = ()) -> str:
    """Return the caption's sentence about the pinned patch, or ""; ``pins`` are those of Figure."""
    if look.pinned is None:
        return ""
    if not stories[0].heat:
        return f"The blue outline is the token of {_outlined_place(stories, look.pinned, pins)}."
    scale = "both photos on one scale" if _are_two(stories) else "each panel on its own scale"
    return f"Colours are similarities to the pinned patch, {_pinned_place(stories)}, {scale}; its token is outlined."


def _outlined_place(stories: Sequence[Story], pinned: int, pins: Sequence[int | None]) -> str:
    where = [place_of(story.record, pin) for story, pin in zip(stories, pins, strict=bool(pins)) if pin is not None]
    if len(where) > 1 and where[0] != where[1]:
        return f"{where[0]}, and of {where[1]}"
    if len(where) == 1 and len(stories) > 1:
        (owner,) = (story.record.name for story, pin in zip(stories, pins, strict=True) if pin is not None)
        return f"{where[0]} of {owner}"
    return where[0] if where else place_of(stories[0].record, pinned)


def _are_two(stories: Sequence[Story]) -> bool:
    """Return whether the pinned patch of one photo is compared with another photo."""
    return any(story.heat and not story.heat.own for story in stories)


def _pinned_place(stories: Sequence[Story]) -> str:
    for story in stories:
        if story.heat and story.heat.own:
            place = place_of(story.record, story.heat.patch)
            return f"{place} of {story.record.name}" if _are_two(stories) else place
    return ""


def place_of(record: Record, patch: int) -> str:
    """Return the place of a patch, step or word in words."""
    rows, cols = record.grid
    if record.text:
        return f"word {patch + 1}, “{record.text.words[patch]}”"
    if record.sound:
        return f"step {patch + 1}"
    frame, within = divmod(patch, rows * cols)
    row, column = divmod(within, cols)
    when = f", frame {frame + 1}" if record.frames else ""
    return f"the patch in row {row + 1} of {rows}, column {column + 1} of {cols}{when}"


def scale_of(story: Story, layer: int, x: float, base: float, size: float, width: float) -> list[Mark]:
    """Return the scale of a panel's similarities: a bar of colours between its lowest and its highest value."""
    row = story.heat and story.heat.layers[layer]
    if not row:
        return []
    return _bar(*_ends(row.low, row.high), x, base, size, width)


def _ends(low: float, high: float) -> tuple[str, str]:
    """Return both ends of a scale, with as many decimals as tell them apart; page/number.js has the same."""
    digits = max(2, 1 - floor(log10(high - low or 1.0)))  # a softmax over all tokens is small
    style = f"z.{digits}f" if digits < 6 else ".1e"
    return number(low, style), number(high, style)


def _scale(stories: Sequence[Story], x: float, base: float, size: float, width: float) -> list[Mark]:
    cells = cells_of(stories[0].record)
    one = {"patches": "patch", "words": "word"}.get(cells, "step of time")
    largest = max(story.largest for story in stories)
    return _bar(
        f"1 {one}", f"{number(largest)} {cells if largest > 1 else one} in a token, logarithmic", x, base, size, width
    )


def _difference_scale(story: Story, x: float, base: float, size: float, width: float) -> list[Mark]:
    """Return the scale of differences: the tints as they look on a photo, not on paper."""
    cells = cells_of(story.record)
    tints = difference_colours(np.linspace(0.2, 1, 5))
    cover = tints[:, 3:] / 255
    seen = np.rint(cover * tints[:, :3] + (1 - cover) * story.mean_colour)
    colours = np.column_stack([seen, np.full(len(seen), 255)]).astype(np.uint8)
    return _bar(f"Both groups share most {cells}", "this one alone", x, base, size, width, colours)


def _bar(
    before: str, after: str, x: float, base: float, size: float, width: float, colours: np.ndarray = OPAQUE_STOPS
) -> list[Mark]:
    """Return colours between two texts; where ``width`` is short, narrower ones, or the second text on the next line."""
    at, room = x + width_of(before, size) + 8, width - width_of(before, size) - width_of(after, size) - 16
    wide = max(min(12 * len(colours), room), NARROWEST * len(colours))
    end = (x, base + LINE * size) if wide > room else (at + wide + 8, base)
    return [
        Words(x, base, before, size, colour=FAINT),
        Regions(at, base - size, wide, size + 2, np.arange(len(colours))[None], colours, "step"),
        Words(*end, after, size, colour=FAINT),
    ]


def _subject(record: Record) -> str:
    if record.text:
        return "text"
    return "spectrogram" if record.sound or record.heard else "frame" if record.frames else "photo"
