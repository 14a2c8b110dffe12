"""The chart of the answer on Speed: likeness against speed-up over r, with the reader's r."""

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.charts.series import COLOURS, LAYOUT
from explorer.charts.speed import quartiles
from explorer.locale.language import tr

__all__ = ["Place", "trade_off"]

OWN = "#D55E00"
Place = tuple[int, float, float, float, float]
"""r, speed-up, its quartiles, likeness"""


def trade_off(places: Sequence[Place], likeness: str, r: int, name: str) -> go.Figure:
    """Return the curve over r with a star at ``r``, labelled ``name``; between its neighbours where it has no place."""
    figure = go.Figure()
    figure.add_scatter(
        x=[each[1] for each in places], y=[each[4] for each in places], text=[f"r = {each[0]}" for each in places],
        error_x=quartiles([each[1:4] for each in places]) | {"color": COLOURS[0]}, mode="lines+markers",
        line={"color": COLOURS[0], "width": 2}, marker={"color": COLOURS[0], "size": 9}, name=tr("Over r"),
        hovertemplate=f"%{{text}}<br>{tr('%{x:.2f} × measured')}<br>%{{y:.4f}}<extra></extra>",
    )  # fmt: skip
    own = next((each for each in places if each[0] == r), None)
    if own:
        _star(figure, own, name)
    else:
        _between(figure, places, r, name)
    figure.update_layout(height=340, showlegend=False, **LAYOUT)
    figure.update_xaxes(title=tr("Speed-up in time, × unmerged"))
    figure.update_yaxes(title=likeness)
    return figure


def _star(figure: go.Figure, own: Place, name: str) -> None:
    figure.add_scatter(
        x=[own[1]], y=[own[4]], mode="markers+text", text=[name], textposition="bottom center", name=name,
        marker={"symbol": "star", "size": 18, "color": OWN, "line": {"width": 1.5, "color": "white"}},
        hovertemplate=f"{name}: %{{y}}<extra></extra>",
    )  # fmt: skip


def _between(figure: go.Figure, places: Sequence[Place], r: int, name: str) -> None:
    """Mark the piece of the curve on which ``r`` lies: a point there would be an invented number."""
    below, above = max(each for each in places if each[0] < r), min((e for e in places if e[0] > r), default=None)
    if above is None:
        return
    figure.add_scatter(
        x=[below[1], above[1]], y=[below[4], above[4]], mode="lines", line={"color": OWN, "width": 6, "dash": "dot"},
        hoverinfo="skip", name=name,
    )  # fmt: skip
    figure.add_annotation(
        x=(below[1] + above[1]) / 2, y=(below[4] + above[4]) / 2, ax=-40, ay=56, font={"color": OWN}, arrowcolor=OWN,
        text=tr("{name}: not measured,<br>between r = {below} and r = {above}", name=name, below=below[0], above=above[0]),
    )  # fmt: skip
