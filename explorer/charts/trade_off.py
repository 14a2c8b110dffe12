"""The chart of the answer on Speed: likeness against speed-up over r, with the reader's r."""

from collections.abc import Sequence

import plotly.graph_objects as go

from explorer.charts.series import COLOURS, LAYOUT, quartiles
from explorer.charts.speed import inked
from explorer.locale.language import tr

__all__ = ["Place", "trade_off"]

OWN = "#D55E00"
APART = 0.1
"""of the axis, between two labels"""
Place = tuple[int, float, float, float, float]
"""r, speed-up, its quartiles, likeness"""


def trade_off(places: Sequence[Place], likeness: str, r: int, name: str, ink: str = "#1d2126") -> go.Figure:
    """Return the curve over r with a star at ``r``, labelled ``name``; between its neighbours where it has no place."""
    figure, named = go.Figure(), _apart(places, r)
    figure.add_vline(x=1, line={"color": ink, "dash": "dot", "width": 1})
    figure.add_annotation(
        x=1, y=0, yref="paper", xanchor="left", yanchor="bottom", xshift=4, showarrow=False, font={"color": ink},
        text=tr("faster →"),
    )  # fmt: skip
    figure.add_scatter(
        x=[each[1] for each in places], y=[each[4] for each in places], text=[f"r = {each[0]}" if each in named else "" for each in places],
        customdata=[each[0] for each in places], textposition=_positions(places), textfont={"color": ink, "size": 12},
        error_x=quartiles([each[1:4] for each in places]) | {"color": COLOURS[0]}, mode="lines+markers+text", cliponaxis=False,
        line={"color": COLOURS[0], "width": 2}, marker={"color": COLOURS[0], "size": 9}, name=tr("Over r"),
        hovertemplate=f"r = %{{customdata}}<br>{tr('%{x:.2f} × measured')}<br>%{{y:.4f}}<extra></extra>",
    )  # fmt: skip
    own = next((each for each in places if each[0] == r), None)
    if own:
        _star(figure, own, name, ink)
    else:
        _between(figure, places, r, name, ink)
    figure.update_layout(height=340, showlegend=False, **LAYOUT)
    figure.update_xaxes(title=tr("Speed-up in time, × unmerged"), range=_span(places))
    figure.update_yaxes(title=likeness)
    return inked(figure, ink)


def _span(places: Sequence[Place]) -> tuple[float, float]:
    """Return the ends of the axis of speed-ups, with room for a label at the right."""
    low, high = min(each[2] for each in places), max(each[3] for each in places)
    return low - 0.04 * (high - low), high + 0.14 * (high - low)


def _apart(places: Sequence[Place], r: int) -> list[Place]:
    """Return the gaining places to label, largest r first: nearer ones would overlap on a phone; the star has its own."""
    low, high = _span(places)
    found = [each for each in places if each[0] == r]
    for each in sorted(places, reverse=True):
        if each[1] > 1 and all(abs(each[1] - other[1]) > APART * (high - low) for other in found):
            found.append(each)
    return [each for each in found if each[0] != r]


def _positions(places: Sequence[Place]) -> list[str]:
    """Return where labels stand: above the curve, below it where it rises to the next r."""
    pairs = zip(places, [*places[1:], places[-1]], strict=True)
    return ["bottom center" if after[4] > each[4] else "top right" for each, after in pairs]


def _star(figure: go.Figure, own: Place, name: str, ink: str) -> None:
    figure.add_scatter(
        x=[own[1]], y=[own[4]], mode="markers+text", text=[f"<b>{name}</b>"], textposition="bottom center", name=name,
        textfont={"color": ink, "size": 13},
        marker={"symbol": "star", "size": 18, "color": OWN, "line": {"width": 1.5, "color": "white"}},
        hovertemplate=f"{name}: %{{y}}<extra></extra>",
    )  # fmt: skip


def _between(figure: go.Figure, places: Sequence[Place], r: int, name: str, ink: str) -> None:
    """Mark the piece of the curve on which ``r`` lies: a point there would be an invented number."""
    below, above = max(each for each in places if each[0] < r), min((e for e in places if e[0] > r), default=None)
    if above is None:
        return
    figure.add_scatter(
        x=[below[1], above[1]], y=[below[4], above[4]], mode="lines", line={"color": OWN, "width": 6, "dash": "dot"},
        hoverinfo="skip", name=name,
    )  # fmt: skip
    middle, (low, high) = (below[1] + above[1]) / 2, _span(places)
    free = (
        {"ax": 0, "ay": 165, "xanchor": "left"}
        if middle < (low + high) / 2
        else {"ax": -30, "ay": 40, "xanchor": "right"}
    )
    figure.add_annotation(
        x=middle, y=(below[4] + above[4]) / 2, **free, align="left", font={"color": ink}, arrowcolor=OWN,
        text=tr("{name}: not measured,<br>between r = {below} and r = {above}", name=name, below=below[0], above=above[0]),
    )  # fmt: skip
