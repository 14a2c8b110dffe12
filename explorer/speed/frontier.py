"""The chart of the page Speed: speed-up of each algorithm against likeness to the plain run."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from explorer.charts.series import LAYOUT
from explorer.charts.speed import add_paper, quartiles
from explorer.locale.language import mark, tr

__all__ = ["Place", "frontier"]

KINDS = {
    "merge": (mark("Merging"), "#0072B2", "circle"),
    "prune": (mark("Pruning"), "#B34700", "square"),
    "hybrid": (mark("Both"), "#7B3F98", "diamond"),
}
"""kind of algorithm → label, colour with enough contrast for white text, symbol"""
COSINES = (0.0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999, 0.9999)


class Place(NamedTuple):
    """An algorithm in the chart."""

    number: int
    name: str
    kind: str
    speed_up: float
    low: float
    high: float
    cosine: float


def frontier(places: Sequence[Place], likeness: str, paper: Sequence[tuple[str, float, float]] = ()) -> go.Figure:
    """Speed-up against likeness, a numbered mark per algorithm; the scale is logarithmic in 1 − cosine.

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
    for kind, (label, colour, symbol) in KINDS.items():
        own = [place for place in places if place.kind == kind]
        figure.add_scatter(
            x=[each.speed_up for each in own], y=[_far(each.cosine) for each in own], name=tr(label), mode="markers+text",
            error_x=quartiles([(each.speed_up, each.low, each.high) for each in own]) | {"color": colour},
            marker={"color": colour, "symbol": symbol, "size": 19},
            text=[str(each.number) for each in own], textfont={"color": "white", "size": 11},
            customdata=[(each.name, each.cosine) for each in own],
            hovertemplate="%{customdata[0]}<br>%{x:.2f} × plain<br>cosine %{customdata[1]:.4f}<extra></extra>",
        )  # fmt: skip
    most = max([place.speed_up for place in places] + [speed_up for _, speed_up, _ in paper])
    figure.update_layout(height=480, **LAYOUT)
    figure.update_xaxes(title=tr("Speed-up, × plain"), range=[0, 1.12 * most])
    ticks = {"tickvals": [1 - each for each in COSINES], "ticktext": [f"{each:g}" for each in COSINES]}
    figure.update_layout(yaxis={"title": likeness, "type": "log", "autorange": "reversed", **ticks})
    return figure


def _far(cosine: float) -> float:
    return max(1 - cosine, 1e-5)
