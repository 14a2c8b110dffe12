"""r and its schedule in the sidebar, for pages without a viewer that has them."""

import streamlit as st

from explorer.locale.language import tr
from explorer.shell import state
from explorer.shell.drawn import draw_rate
from explorer.shell.embed import locked
from explorer.shell.state import to_link
from tome.schedule import R as Rate
from tome.schedule import cap

__all__ = ["choose_rate", "most_r", "rate"]

PATCH = 14  # of the embedded model; only the slider's range depends on it


def most_r(side: int) -> int:
    """Return the largest r that a slider offers."""
    return cap((side // PATCH) ** 2, prefix=0)


def choose_rate(limit: int, here: bool) -> Rate:
    """Return r, at most ``limit``, and its schedule; draw their controls if they are ``here``."""
    place = state.cursor()
    place["r"] = min(place["r"], limit)  # a lower resolution has fewer tokens to merge
    if here:
        for name in ("r", "decreasing"):
            st.session_state[f"slider.{name}"] = place[name]
        place["r"] = st.slider(
            tr("Tokens merged per layer (r)"),
            0,
            limit,
            key="slider.r",
            disabled=locked("r"),
            on_change=_take,
            args=("r",),
            help=tr(
                "Every layer merges the r most similar pairs, up to half of its tokens: {limit} in the first one.",
                limit=limit,
            ),
        )
        place["decreasing"] = st.toggle(
            tr("Decreasing schedule"),
            key="slider.decreasing",
            disabled=locked("r"),
            on_change=_take,
            args=("decreasing",),
            help=tr(
                "Merge 2r in the first layer, falling to 0 in the last: about as many tokens in all, but earlier, so faster."
            ),
        )
    draw_rate()
    to_link(r=place["r"], decreasing=place["decreasing"])
    return rate()


def _take(name: str) -> None:
    state.cursor()[name] = st.session_state[f"slider.{name}"]


def rate() -> Rate:
    """Return the reader's r."""
    place = state.cursor()
    return (place["r"], -1.0) if place["decreasing"] else place["r"]
