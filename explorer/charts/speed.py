"""Charts of the page Speed: medians with quartiles, parts of a block, speed-ups reached."""

from collections.abc import Mapping, Sequence

import plotly.graph_objects as go

from explorer.charts.series import COLOURS, DASHES, LAYOUT, MARKERS, quartiles, series_mark
from explorer.locale.language import tr

__all__ = ["EXAMPLE", "PAPER", "Mark", "add_paper", "inked", "lines", "part_bars", "reached"]

PAPER = EXAMPLE = "#8A949E"
PATTERNS = ("", "/", "x", ".")

Mark = tuple[str, float, float, float, float]
"""name, x, y, and the quartiles around y"""


def lines(
    series: Mapping[str, Sequence[tuple[float, ...]]],
    x: str,
    y: str,
    height: int = 340,
    under: Mapping[str, Sequence[tuple[float, ...]]] | None = None,
) -> go.Figure:
    """Return a chart with one line per name; a place is (x, y), or (x, y, low, high) with the quartiles of y.  ``under`` is drawn grey."""
    figure = go.Figure()
    for place, (name, places) in enumerate((under or {}).items()):
        line = {"color": EXAMPLE, "dash": DASHES[place % len(DASHES)], "width": 1.5}
        _line(figure, name, places, line, {"color": EXAMPLE, "symbol": MARKERS[place % len(MARKERS)], "size": 6})
    for place, (name, places) in enumerate(series.items()):
        line = {"color": COLOURS[place % len(COLOURS)], "dash": DASHES[place % len(DASHES)], "width": 2}
        _line(figure, name, places, line, {**series_mark(place), "size": 9})
    figure.update_layout(height=height, hovermode="x unified", **LAYOUT)
    figure.update_xaxes(title=x)
    figure.update_yaxes(title=y, separatethousands=True)
    return figure


def _line(figure: go.Figure, name: str, places: Sequence[tuple[float, ...]], line: dict, marker: dict) -> None:
    figure.add_scatter(
        x=[each[0] for each in places],
        y=[each[1] for each in places],
        error_y=quartiles([each[1:] for each in places]) if places and len(places[0]) == 4 else None,
        name=name,
        mode="lines+markers",
        line=line,
        marker=marker,
    )


def reached(
    series: Mapping[str, Sequence[Mark]], paper: Sequence[tuple[str, float, float]] = (), stored: bool = False
) -> go.Figure:
    """Return a chart of measured over predicted speed-up, grey if ``stored``; on the line, time is proportional to GFLOPs."""
    figure = go.Figure()
    most = max([each[1] for marks in series.values() for each in marks] + [x for _, x, _ in paper], default=1.0)
    figure.add_scatter(
        x=[1, most],
        y=[1, most],
        mode="lines",
        name=tr("Time ∝ GFLOPs"),
        line={"color": PAPER, "dash": "dot"},
        hoverinfo="skip",
    )
    if paper:
        add_paper(
            figure, paper, f"%{{text}}<br>{tr('%{x:.2f} × by GFLOPs')}<br>{tr('%{y:.2f} × on a V100')}<extra></extra>"
        )
    for place, (name, marks) in enumerate(series.items()):
        figure.add_scatter(
            x=[each[1] for each in marks], y=[each[2] for each in marks], text=[each[0] for each in marks], name=name,
            mode="markers", marker=series_mark(place) | {"size": 11} | ({"color": EXAMPLE} if stored else {}), error_y=quartiles([each[2:] for each in marks]),
            hovertemplate=f"%{{text}}<br>{tr('%{x:.2f} × by GFLOPs')}<br>{tr('%{y:.2f} × measured')}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(height=380, **LAYOUT)
    figure.update_xaxes(title=tr("Speed-up predicted from GFLOPs"))
    figure.update_yaxes(title=tr("Speed-up measured"))
    return figure


def part_bars(milliseconds: Mapping[str, Sequence[float]]) -> go.Figure:
    """Return a chart of the time of each part of every block, stacked."""
    figure = go.Figure()
    for place, (name, times) in enumerate(milliseconds.items()):
        figure.add_bar(
            x=list(range(1, len(times) + 1)), y=list(times), name=name,
            marker={"color": COLOURS[place], "pattern": {"shape": PATTERNS[place]}},
            hovertemplate=f"{name}<br>layer %{{x}}: %{{y:.2f}} ms<extra></extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", height=340, xaxis={"title": tr("Layer"), "dtick": 1}, **LAYOUT)
    figure.update_yaxes(title=tr("Milliseconds per batch"), separatethousands=True)
    return figure


def add_paper(figure: go.Figure, paper: Sequence[tuple[str, float, float]], hover: str, **options: str) -> None:
    """Add printed (name, x, y) to ``figure`` as grey circles."""
    names, x, y = zip(*paper, strict=True)
    marker = {"symbol": "circle-open", "size": 13, "color": PAPER, "line": {"width": 2}}
    figure.add_scatter(
        x=x, y=y, text=names, name=tr("Paper, V100"), mode="markers", marker=marker, hovertemplate=hover, **options
    )


def inked(figure: go.Figure, ink: str) -> go.Figure:
    """Return ``figure`` with its axes in ``ink``: Streamlit's own is a pale grey."""
    figure.update_xaxes(title_font_color=ink, tickfont_color=ink)
    figure.update_yaxes(title_font_color=ink, tickfont_color=ink)
    return figure
