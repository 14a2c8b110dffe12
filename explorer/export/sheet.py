"""A figure: panels side by side, each under its title, with a legend and a caption."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import ascii_lowercase

from explorer.engine.effect import MERGING
from explorer.export.drawing import INK, Drawing, Mark, Words
from explorer.export.layout import Layout, on_paper, on_screen
from explorer.export.legend import legend, outlines_said, pinned_said, scale_of
from explorer.export.panel import Look, height_of, panel
from explorer.export.rewrapped import rewrapped
from explorer.export.seconds import seconds_of
from explorer.export.settings import caption, names, said
from explorer.export.tiles import Story
from explorer.export.words import LINE, lines
from explorer.locale.numbers import filled
from explorer.records.schema import Record

__all__ = ["Figure", "figure", "named_together"]


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
    inches: float | None = None
    """width on paper; then several panels have letters"""
    captioned: bool = True
    """whether the caption is in the picture"""

    @property
    def depth(self) -> int:
        """The last layer of any panel."""
        return max(story.last for story in self.stories)

    @property
    def caption(self) -> str:
        """Return the caption, with the settings common to all panels, or to all that merge."""
        first = named_together([story.record for story in self.stories])
        layer = None if self.moving else min(self.look.layer, self.depth)
        several = len(self.stories) > 1
        differing = "Colours are differences from the reference." if self._differs else ""
        pinned = pinned_said(self.stories, self.look, self.pins)
        marks = " ".join(filter(None, (outlines_said(self.stories), differing, pinned)))
        shared, merging = self._shared, self._of_merging
        whole = {name: value for name, value in shared.items() if name not in merging}
        told = caption(first, whole, merging, marks, layer, several)
        return f"{told} {self._panels_said}" if several else told

    @property
    def _panels_said(self) -> str:
        """Return the caption's sentence about the panels: titles of one's own with the differences that they do not name."""
        found = self._differences
        if not (self.titles or any(found)):
            return "All panels have the same settings."
        told = []
        for heading, title, own in zip(self.headings, self.panel_titles, found, strict=True):
            rest = [said(name, value) for name, value in own.items() if self.titles and not names(title, name, value)]
            told.append(f"{heading} ({', '.join(rest)})" if rest else heading)
        return f"Panels: {'; '.join(told)}."

    @property
    def panel_titles(self) -> list[str]:
        """Return titles that distinguish the panels."""
        if self.titles:
            return list(self.titles)
        return [", ".join(said(name, value) for name, value in own.items()) for own in self._differences]

    @property
    def _differences(self) -> list[dict[str, str]]:
        """The settings of each panel that not all of them share."""
        shared = self._shared
        return [
            {name: value for name, value in told.items() if value and name not in shared}
            for told in self.settings or [{}] * len(self.stories)
        ]

    @property
    def headings(self) -> list[str]:
        """Return the titles as they stand above the panels: with a mark on the reference of a difference, and letters."""
        reference = self.look.reference if self._differs else None
        lettered = self.inches is not None and len(self.stories) > 1
        return [
            " ".join(filter(None, (f"({letter})" * lettered, title, "(reference)" if place == reference else "")))
            for place, (letter, title) in enumerate(zip(ascii_lowercase, self.panel_titles, strict=False))
        ]

    @property
    def _differs(self) -> bool:
        return self.look.fill == "difference" and not self.stories[0].heat

    @property
    def _shared(self) -> dict[str, str]:
        """Settings that are equal wherever they have an effect."""
        found = {}
        for name in self.settings[0] if self.settings else ():
            values = {told.get(name) for told in self.settings}
            if name in (*MERGING, "seed") and len(values) > 1:
                values.discard("")
            if len(values) == 1:
                found[name] = values.pop() or ""
        return found

    @property
    def _of_merging(self) -> dict[str, str]:
        """The shared settings that have no effect in some panels."""
        return {
            name: value
            for name, value in self._shared.items()
            if name in MERGING and value and any(not told[name] for told in self.settings)
        }

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
    if told.inches is None:
        layout = on_screen(len(pictures))
    else:
        texts = bool(told.stories[0].words)
        layout = on_paper(len(pictures), told.inches, *[1] * texts)
        if texts:
            told = replace(told, stories=[rewrapped(story, layout.wide, layout.small) for story in told.stories])
    marks: list[Mark] = []
    y = float(layout.margin)
    for start in range(0, len(pictures), layout.columns):
        y = _row(told, pictures[start : start + layout.columns], layout, y, marks) + layout.gap
    y += layout.small * LINE - layout.gap / 2
    key = legend(told.stories, told.look, layout.margin, y, layout.small, layout.inner)
    marks += key
    y = max(mark.y for mark in key if isinstance(mark, Words))
    if told.captioned:
        y = _paragraph(told.caption, y, layout, marks)
    title = f"{named_together([story.record for story in told.stories]).name}: Token Merging"
    high = round(y + max(layout.margin, 0.3 * layout.small))
    return Drawing(layout.width, high, marks, title, told.caption, told.origin, layout.points)


def _row(told: Figure, row: Sequence[tuple[int, int]], layout: Layout, y: float, marks: list[Mark]) -> float:
    """Draw panels side by side, their tops at ``y``; return their end."""
    size, small, wide = layout.title, layout.small, layout.wide
    broken = [_fitted(_title(told, number, frame), size, wide) for number, frame in row]
    head = max(map(len, broken)) * size * LINE + 4
    bottom = y
    for place, (number, frame) in enumerate(row):
        x, story = layout.margin + place * (wide + layout.gap), told.stories[number]
        for at, line in enumerate(broken[place]):
            marks.append(Words(x, y + (at + 0.8) * size * LINE, line, size, bold=at == 0))
        pinned = told.pins[number] if told.pins else told.look.pinned
        look = replace(told.look, layer=min(told.look.layer, story.last), pinned=pinned)
        marks += panel(story, look, x, y + head, wide, frame)
        end = y + head + height_of(story, wide)
        seconds = seconds_of(story.record, x, end, wide, small)
        if seconds:
            marks += seconds
            end += small * LINE
        if story.heat:
            end += small * LINE  # in a film also where nothing is compared: all layers are equally high
            marks += scale_of(story, look.layer, x, end, small, wide)
        bottom = max(bottom, end)
    return bottom


def _title(told: Figure, number: int, frame: int) -> list[str]:
    story = told.stories[number]
    record, layer = story.record, min(told.look.layer, story.last)
    count = filled("{} of {} tokens", record.layers[layer].tokens, record.layers[0].tokens)
    when = f"layer {layer} of {record.depth}"
    heading = told.headings[number] if len(told.stories) > 1 else ""
    names = [heading] if heading else []  # equal panels have none
    if record.frames:
        names.append(f"frame {frame + 1}, {record.frames.times[frame]:.2f} s")
    if not names:
        return [f"{when.capitalize()}: {count}"]
    return [", ".join(names), f"{when}: {count}"]


def _fitted(told: list[str], size: float, wide: float) -> list[str]:
    """Break a title into lines; the first is bold and therefore wider, and the others break at their colon first."""
    first, *others = told
    found = list(lines(first, size * 1.12, wide))
    for part in others:
        fits = len(lines(part, size, wide)) == 1
        pieces = [part] if fits else part.replace(": ", ":\n").splitlines()
        found += [line for piece in pieces for line in lines(piece, size, wide)]
    return found


def _paragraph(text: str, y: float, layout: Layout, marks: list[Mark]) -> float:
    size = layout.text
    y += 0.4 * size
    for line in lines(text, size, layout.inner):
        y += size * LINE
        marks.append(Words(layout.margin, y, line, size, colour=INK))
    return y
