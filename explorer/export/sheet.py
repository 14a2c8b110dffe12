"""A figure: panels side by side, each under its title, with a legend and a caption."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from explorer.export.drawing import INK, Drawing, Mark, Words
from explorer.export.legend import legend, pinned_said, scale_of
from explorer.export.panel import Look, height_of, panel
from explorer.export.seconds import seconds_of
from explorer.export.settings import caption, said
from explorer.export.tiles import Story
from explorer.export.words import LINE, lines
from explorer.records.schema import Record

__all__ = ["MOST_COLUMNS", "WIDE", "Figure", "figure", "named_together"]

WIDE = 960
"""width of a figure of one picture in drawing units; the query sets the pixels"""
MOST_COLUMNS = 4
MARGIN, GAP = 20, 20
TITLE, TEXT, SMALL = 17, 14, 12
"""font sizes"""


@dataclass(frozen=True, eq=False)
class Figure:
    """What a figure shows."""

    stories: Sequence[Story]
    look: Look
    settings: Sequence[Mapping[str, str]] = ()
    """settings of each story; empty if unknown"""
    titles: Sequence[str] = ()
    """titles of the panels; by default their differing settings"""
    moving: bool = False
    """whether the figure is part of a film: then all layers have the same caption"""
    origin: str = field(default="", repr=False)
    pins: Sequence[int | None] = ()
    """the pinned patch of each panel; empty for that of ``look`` in all of them"""

    @property
    def depth(self) -> int:
        """The last layer of any panel."""
        return max(story.last for story in self.stories)

    @property
    def caption(self) -> str:
        """Return the caption, with the settings common to all panels."""
        first = named_together([story.record for story in self.stories])
        layer = None if self.moving else min(self.look.layer, self.depth)
        several = len(self.stories) > 1
        differing = "Colours are differences from the reference." if self._differs else ""
        marked = " ".join(filter(None, (differing, pinned_said(self.stories, self.look, self.pins))))
        told = caption(first, self._shared, layer, several, marked)
        return f"{told} Panels: {'; '.join(self.headings)}." if several else told

    @property
    def panel_titles(self) -> list[str]:
        """Return titles that distinguish the panels."""
        if self.titles:
            return list(self.titles)
        shared = self._shared
        return [
            ", ".join(said(name, value) for name, value in told.items() if value and name not in shared)
            for told in self.settings
        ]

    @property
    def headings(self) -> list[str]:
        """Return the titles as they stand above the panels: with a mark on the reference of a difference."""
        reference = self.look.reference if self._differs else None
        return [
            f"{title} (reference)".strip() if place == reference else title
            for place, title in enumerate(self.panel_titles)
        ]

    @property
    def _differs(self) -> bool:
        return self.look.fill == "difference" and not self.stories[0].heat

    @property
    def _shared(self) -> dict[str, str]:
        if not self.settings:
            return {}
        first, *others = self.settings
        return {name: value for name, value in first.items() if all(other.get(name) == value for other in others)}

    def at(self, layer: int) -> "Figure":
        """Return this figure at another layer."""
        return replace(self, look=replace(self.look, layer=layer))


def named_together(records: Sequence[Record]) -> Record:
    """Return the first record, named after all of them."""
    names = dict.fromkeys(record.name for record in records)
    return records[0] if len(names) == 1 else records[0].model_copy(update={"name": " and ".join(names)})


def figure(told: Figure) -> Drawing:
    """Draw ``told``; a clip has a picture for each frame."""
    if not told.stories:
        raise ValueError("stories must hold at least one record; got none")
    pictures = [(number, frame) for number, story in enumerate(told.stories) for frame in range(story.frames)]
    columns = min(len(pictures), MOST_COLUMNS)
    wide = WIDE - 2 * MARGIN if columns == 1 else max(320, 1400 // columns)
    width = columns * wide + (columns - 1) * GAP + 2 * MARGIN
    marks: list[Mark] = []
    y = float(MARGIN)
    for start in range(0, len(pictures), columns):
        row = pictures[start : start + columns]
        y = _row(told, row, wide, y, marks) + GAP
    y += SMALL * LINE - GAP / 2
    key = legend(told.stories, told.look, MARGIN, y, SMALL, width - 2 * MARGIN)
    marks += key
    y = max(mark.y for mark in key if isinstance(mark, Words))
    y = _paragraph(told.caption, y, width, marks)
    title = f"{named_together([story.record for story in told.stories]).name}: Token Merging"
    return Drawing(width, round(y + MARGIN), marks, title, told.caption, told.origin)


def _row(told: Figure, row: Sequence[tuple[int, int]], wide: float, y: float, marks: list[Mark]) -> float:
    """Draw panels side by side, their tops at ``y``; return their end."""
    titles = [_title(told, number, frame) for number, frame in row]
    size = TITLE if wide > WIDE / 2 else TEXT
    broken = [_fitted(each, size, wide) for each in titles]
    head = max(map(len, broken)) * size * LINE + 4
    bottom = y
    for place, (number, frame) in enumerate(row):
        x, story = MARGIN + place * (wide + GAP), told.stories[number]
        for at, line in enumerate(broken[place]):
            marks.append(Words(x, y + (at + 0.8) * size * LINE, line, size, bold=at == 0))
        pinned = told.pins[number] if told.pins else told.look.pinned
        look = replace(told.look, layer=min(told.look.layer, story.last), pinned=pinned)
        marks += panel(story, look, x, y + head, wide, frame)
        end = y + head + height_of(story, wide)
        seconds = seconds_of(story.record, x, end, wide, SMALL)
        if seconds:
            marks += seconds
            end += SMALL * LINE
        if story.heat:
            end += SMALL * LINE  # in a film also where nothing is compared: all layers are equally high
            marks += scale_of(story, look.layer, x, end, SMALL)
        bottom = max(bottom, end)
    return bottom


def _title(told: Figure, number: int, frame: int) -> list[str]:
    story = told.stories[number]
    record, layer = story.record, min(told.look.layer, story.last)
    count = f"{record.layers[layer].tokens} of {record.layers[0].tokens} tokens"
    when = f"layer {layer} of {record.depth}"
    names = [told.headings[number]] if len(told.stories) > 1 else []
    if record.frames:
        names.append(f"frame {frame + 1}, {record.frames.times[frame]:.2f} s")
    if not names:
        return [f"{when.capitalize()}: {count}"]
    return [", ".join(names), f"{when}: {count}"]


def _fitted(told: list[str], size: float, wide: float) -> list[str]:
    """Break a title into lines; the first is bold and therefore wider."""
    return [line for part in told for line in lines(part, size * 1.12, wide)]


def _paragraph(text: str, y: float, width: float, marks: list[Mark]) -> float:
    y += 0.4 * TEXT
    for line in lines(text, TEXT, width - 2 * MARGIN):
        y += TEXT * LINE
        marks.append(Words(MARGIN, y, line, TEXT, colour=INK))
    return y
