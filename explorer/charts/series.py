"""Charts of the labs: every series has its own colour of Okabe and Ito's palette, marker and dash."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from explorer.locale.language import mark, retell, tr
from tome.lab.measure import Spread

__all__ = ["padding", "quality_and_time", "quartiles", "series_mark"]

COLOURS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#8A949E")
MARKERS = ("circle", "square", "diamond", "triangle-up", "x", "cross", "star", "triangle-down", "pentagon", "hexagram")
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
CLASS_COSINE = mark("Class cosine")
LAYOUT = {
    "margin": {"l": 8, "r": 8, "t": 8, "b": 8},
    "legend": {"orientation": "h", "y": -0.24, "yanchor": "top", "x": 0},
}


def quality_and_time(marks: Sequence[tuple[int, str, Spread, float]], title: str = CLASS_COSINE) -> go.Figure:
    """Return a chart of (number, name, milliseconds of a run, cosine) per algorithm, labelled, with quartiles.

    The number determines colour and marker, so that an algorithm keeps them in any selection.
    """
    figure = go.Figure()
    places = ("top center", "bottom center")
    for row, (place, name, spent, cosine) in enumerate(sorted(marks, key=lambda mark: mark[3])):
        figure.add_scatter(
            x=[spent.median],
            y=[cosine],
            error_x=quartiles([(spent.median, spent.low, spent.high)]),
            text=[retell(name)],
            textposition=places[row % 2],
            cliponaxis=False,
            name=retell(name),
            mode="markers+text",
            marker={**series_mark(place), "size": 12},
            hovertemplate=f"{retell(name)}<br>%{{x:.1f}} ms<br>{tr(title)} %{{y:.4f}}<extra></extra>",
        )
    figure.update_layout(height=420, showlegend=False, margin={**LAYOUT["margin"], "l": 64, "r": 64, "b": 56})
    figure.update_xaxes(title=tr("Time of a run, ms"), separatethousands=True)
    figure.update_yaxes(title=tr(title))
    return figure


def padding(kept: Mapping[str, Sequence[int]], longest: Sequence[int]) -> go.Figure:
    """Return a chart of the tokens of each photo of a batch after every layer, under their padded length."""
    layers = list(range(len(longest)))
    figure = go.Figure()
    figure.add_scatter(
        x=layers,
        y=list(longest),
        name=tr("Length of the batch"),
        mode="lines",
        line={"color": "#8A949E", "width": 4, "shape": "hv"},
    )
    for place, (name, tokens) in enumerate(kept.items()):
        line = {"color": COLOURS[place % 6], "dash": DASHES[place % len(DASHES)], "width": 2}
        figure.add_scatter(
            x=layers,
            y=list(tokens),
            name=retell(name),
            mode="lines+markers",
            line=line,
            marker={**series_mark(place), "size": 8},
        )
    figure.update_layout(height=380, xaxis={"title": tr("After layer"), "dtick": 1}, hovermode="x unified", **LAYOUT)
    figure.update_yaxes(title=tr("Number of tokens"), rangemode="tozero", separatethousands=True)
    return figure


def quartiles(values: Sequence[tuple[float, ...]]) -> dict:
    """Return error bars of (median, low, high)."""
    above, below = [high - median for median, _, high in values], [median - low for median, low, _ in values]
    return {"type": "data", "array": above, "arrayminus": below, "thickness": 1.2, "width": 3}


def series_mark(place: int) -> dict:
    """Return colour and symbol of the series at this place."""
    return {"color": COLOURS[place % len(COLOURS)], "symbol": MARKERS[place % len(MARKERS)]}
