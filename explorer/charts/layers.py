"""Tokens and multiply-adds per layer, plain against merged."""

import plotly.graph_objects as go

from explorer.locale.language import tr

__all__ = ["tokens_per_layer"]

PLAIN, MERGED = "#8A949E", "#0072B2"


def tokens_per_layer(tokens: list[int], plain: tuple[float, ...], merged: tuple[float, ...]) -> go.Figure:
    """Return a chart of GFLOPs per block as bars, plain behind merged, with the remaining tokens as a line.

    ``tokens`` counts before the first block and after each; ``plain`` and ``merged`` are GFLOPs per block.
    """
    blocks = list(range(1, len(plain) + 1))
    figure = go.Figure()
    figure.add_bar(x=blocks, y=plain, name=tr("GFLOPs, plain"), marker_color=PLAIN, opacity=0.45)
    figure.add_bar(x=blocks, y=merged, name=tr("GFLOPs, merged"), marker_color=MERGED)
    figure.add_scatter(
        x=[0, *blocks], y=tokens, name=tr("Tokens left"), yaxis="y2", mode="lines+markers", line_color="#D55E00"
    )
    figure.update_layout(
        barmode="overlay",
        height=300,
        margin={"l": 8, "r": 8, "t": 48, "b": 8},
        legend={"orientation": "h", "yanchor": "bottom", "y": 1.02, "x": 0, "bgcolor": "rgba(0,0,0,0)"},
        xaxis={"title": tr("After layer"), "dtick": 2},
        yaxis={"title": tr("GFLOPs per layer"), "rangemode": "tozero"},
        # Independent ticks: those of the left axis would not be whole tokens.
        yaxis2={
            "title": tr("Number of tokens"),
            "overlaying": "y",
            "side": "right",
            "rangemode": "tozero",
            "showgrid": False,
            "separatethousands": True,
            "tickmode": "auto",
        },
    )
    return figure
