"""Pictures of the article, animated when they come into view, except under reduced motion."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from explorer.locale.language import tr
from explorer.locale.numbers import filled

__all__ = ["Picture", "bars", "block", "grids", "round_up"]

STYLE = """<style>
svg {display: block; min-width: var(--tome-figure, auto); max-width: 100%; height: auto; max-height: var(--tome-figure-height, none)}
text {fill: currentColor; font: 15px system-ui, sans-serif}
.strong {font-weight: 650}
:is(rect, path) {stroke: currentColor}
@media (prefers-reduced-motion: no-preference) {
  .grow {animation: var(--stop-grow, stop-grow) 1.2s ease-out both; transform-box: fill-box; transform-origin: 0 100%}
  .late {animation-delay: 0.9s}
  .last {animation-delay: 1.8s}
  @supports (animation-timeline: view()) {
    [data-scrolls] {view-timeline: --picture block}
    [data-scrolls] .grow {
      animation: var(--stop-grow, stop-grow) linear both; animation-timeline: --picture; animation-range: entry 40% cover 25%
    }
    [data-scrolls] .late {animation-range: cover 20% cover 36%}
    [data-scrolls] .last {animation-range: cover 31% cover 48%}
  }
}
@keyframes stop-grow {from {transform: scale(0.05); opacity: 0}}
</style>"""


@dataclass(frozen=True)
class Picture:
    """An SVG and its description."""

    svg: str
    told: str

    def drawn(self, dark: bool) -> str:
        """Return the SVG in the colour of the theme's text."""
        return self.svg.replace("COLOUR", "#e8eaed" if dark else "#1d2126")


TURNS = ("", "late", "last")


def grids(rows: Sequence[tuple[str, int, float]]) -> Picture:
    """Draw (name, patches along a side, GFLOPs) as grids, each with four times the patches of the previous one."""
    unit = 210 / rows[-1][1]
    parts, x = [], 10.0
    for turn, (name, count, cost) in zip(TURNS, rows, strict=True):
        side = unit * count
        lines = "".join(
            f"M{x + unit * i:.1f} {220 - side:.1f}v{side:.1f}M{x:.1f} {220 - unit * i:.1f}h{side:.1f}"
            for i in range(count + 1)
        )
        words = (tr("{count} patches", count=count * count), f"{cost:.1f} GFLOPs")
        parts.append(
            f'<g class="grow {turn}"><path d="{lines}" stroke-width="0.7" fill="none"/></g>'
            f'<text class="strong" x="{x:.1f}" y="244">{escape(name)}</text>'
            + "".join(f'<text x="{x:.1f}" y="{264 + 19 * i}">{word}</text>' for i, word in enumerate(words))
        )
        x += max(side, 110) + 24
    told = "; ".join(
        f"{name}: {tr('{count} patches', count=count * count)}, {cost:.1f} GFLOPs" for name, count, cost in rows
    )
    return _picture(x, 290, told, "".join(parts))


def block(number: int, before: int, after: int) -> Picture:
    """Draw a block as boxes on a wire whose thickness shows the number of tokens."""
    thick, thin = 34.0, 34.0 * after / before
    wire = lambda x, width, high: (  # noqa: E731
        f'<rect x="{x}" y="{100 - high / 2:.1f}" width="{width}" height="{high:.1f}" fill="#0072B2" stroke="none"/>'
    )
    boxes = [(tr("Attention"), 110, 150), (tr("Merge"), 340, 110), ("MLP", 530, 110)]
    parts = [wire(10, 100, thick), wire(260, 80, thick), wire(450, 80, thin), wire(640, 100, thin)]
    parts += [
        f'<g class="grow {turn}"><rect x="{x}" y="55" width="{width}" height="90" rx="8" fill="none" stroke-width="2"/></g>'
        f'<text class="strong" x="{x + width / 2}" y="105" text-anchor="middle">{name}</text>'
        for turn, (name, x, width) in zip(TURNS, boxes, strict=True)
    ]
    parts += [
        f'<text x="{x}" y="{y}" text-anchor="middle">{text}</text>'
        for x, y, text in (
            (60, 40, tr("{count} tokens", count=before)), (300, 40, filled("{}", before)), (490, 40, filled("{}", after)), (690, 40, tr("{count} tokens", count=after)),
            (395, 175, tr("− {count}: the most similar pairs", count=before - after)),
        )
    ]  # fmt: skip
    told = tr(
        "Block {number}: {before} tokens through attention, {merged} merge, {after} through the MLP",
        number=number, before=before, merged=before - after, after=after,
    )  # fmt: skip
    return _picture(750, 190, told, "".join(parts))


def bars(rows: Sequence[tuple[str, float, str]], low: float, high: float) -> Picture:
    """Draw (name, value, value in words) as bars on a scale from ``low`` to ``high``, or further for a larger value."""
    parts, largest = [], max(value for _, value, _ in rows)
    high = high if largest <= high else round_up(largest)
    for place, (name, value, said) in enumerate(rows):
        y, width = 50 * place, 300 * max(0.0, (value - low) / (high - low))
        turn = TURNS[min(place, len(TURNS) - 1)]
        parts.append(
            f'<text x="10" y="{y + 16}">{escape(name)}</text>'
            f'<g class="grow {turn}"><rect x="10" y="{y + 22}" width="{width:.1f}" height="16" fill="#0072B2" stroke="none"/></g>'
            f'<text class="strong" x="{18 + width:.1f}" y="{y + 36}">{escape(said)}</text>'
        )
    end = 50 * len(rows)
    parts.append(
        f'<text x="10" y="{end + 16}">{low:g}</text><text x="310" y="{end + 16}" text-anchor="end">{high:g}</text>'
    )
    width = max(430, 20 + 8 * max(len(name) for name, _, _ in rows))  # names are above the bars
    return _picture(width, end + 24, "; ".join(f"{name}: {said}" for name, _, said in rows), "".join(parts))


def round_up(value: float) -> float:
    """Return the end of a scale from 0: the next multiple of a digit above ``value``, such as 0.04 for 0.0325."""
    unit = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return round(unit * math.ceil(value / unit), 12) or 1.0


def _picture(width: float, height: float, told: str, inside: str) -> Picture:
    size = f'viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" height="{height:.0f}"'
    return Picture(f'<svg xmlns="http://www.w3.org/2000/svg" {size} color="COLOUR">{STYLE}{inside}</svg>', told)
