"""The chart of the page Speed: speed-up of each algorithm against likeness to the plain run."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.charts.series import LAYOUT, quartiles
from explorer.charts.speed import add_paper, inked
from explorer.locale.language import mark, tr
from explorer.measuring.steady import beaten

__all__ = ["Place", "frontier"]

KINDS = {
    "merge": (mark("Merging"), "#0072B2", "circle"),
    "prune": (mark("Pruning"), "#B34700", "square"),
    "hybrid": (mark("Both"), "#7B3F98", "diamond"),
}
"""kind of algorithm → label, colour, symbol"""
SIDES = ("bottom left", "top right")
COSINES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999)


class Place(NamedTuple):
    """An algorithm in the chart."""

    number: int
    name: str
    kind: str
    speed_up: float
    low: float
    high: float
    cosine: float | None
    """None with random weights, for the table alone"""


def frontier(
    places: Sequence[Place], likeness: str, paper: Sequence[tuple[str, float, float]] = (), ink: str = "#1d2126"
) -> go.Figure:
    """Speed-up against likeness; the scale is logarithmic in 1 − cosine.  The best trade-offs have numbers, the others are pale.

    Cosines within 1e-5 of 1 are drawn at that distance.  ``paper`` adds (name, speed-up, accuracy in %) below.
    """
    figure = go.Figure()
    if paper:
        hover = f"%{{text}}<br>{tr('%{x:.2f} × plain on a V100')}<br>{tr('accuracy %{y:.2f} %')}<extra></extra>"
        add_paper(figure, paper, hover, yaxis="y2")
        accuracy = {
            "title": tr("Accuracy in %, paper"),
            "overlaying": "y",
            "side": "right",
            "showgrid": False,
            "dtick": 1,
        }
        figure.update_layout(yaxis2=accuracy)
    lost = dict(zip(places, beaten(places), strict=True))
    best = sorted((place for place in places if not lost[place]), key=lambda place: place.cosine)
    side = {place: SIDES[row % 2] for row, place in enumerate(best)}  # of neighbours, the numbers stand apart
    for kind, (label, colour, symbol) in KINDS.items():
        own = sorted(
            (place for place in places if place.kind == kind), key=lost.get
        )  # the legend is as pale as the first
        figure.add_scatter(
            x=[each.speed_up for each in own], y=[_far(each.cosine) for each in own], name=tr(label), mode="markers+text",
            error_x=quartiles([(each.speed_up, each.low, each.high) for each in own]) | {"color": colour},
            marker={"color": [_pale(colour) if lost[each] else colour for each in own], "symbol": symbol, "size": 10},
            text=["" if lost[each] else str(each.number) for each in own],
            textfont={"color": ink, "size": 12},
            textposition=[side.get(each, SIDES[0]) for each in own],
            customdata=[(f"{each.number}. {each.name}", each.cosine) for each in own],
            hovertemplate="%{customdata[0]}<br>%{x:.2f} × plain<br>cosine %{customdata[1]:.4f}<extra></extra>",
        )  # fmt: skip
    least = min([place.low for place in places] + [speed_up for _, speed_up, _ in paper])
    most = max([place.high for place in places] + [speed_up for _, speed_up, _ in paper])
    figure.update_layout(height=480, **LAYOUT)
    figure.update_xaxes(title=tr("Speed-up, × plain"), range=[0.9 * least, 1.05 * most])
    ticks = {"tickvals": [1 - each for each in COSINES], "ticktext": [f"{each:g}" for each in COSINES]}
    figure.update_layout(yaxis={"title": likeness, "type": "log", "autorange": "reversed", **ticks})
    return inked(figure, ink)


def _pale(colour: str) -> str:
    red, green, blue = bytes.fromhex(colour[1:])
    return f"rgba({red}, {green}, {blue}, 0.35)"


def _far(cosine: float) -> float:
    return max(1 - cosine, 1e-5)
