"""r and its schedule in the sidebar, for pages without a viewer that has them."""

import re

import streamlit as st

from explorer.engine.models import Backbone
from explorer.export.offered import PATCH, most_photo_r
from explorer.locale.language import tr
from explorer.shell import cache, cursor
from explorer.shell.drawn import draw_rate
from explorer.shell.embed import locked
from explorer.shell.keys import key_of, taken
from explorer.shell.state import to_link
from tome.schedule import R as Rate
from tome.schedule import cap

__all__ = ["choose_rate", "most_r", "rate"]

_PATCH_IN_NAME = re.compile(r"patch(\d{1,2})")


def most_r(key: str, side: int) -> int:
    """Return the largest r that a slider offers for the model ``key`` at a resolution: half of its patches.

    While the model loads, its name tells the patch size.
    """
    loading = cache.engine().known(key)
    model = loading.backbone if loading else None
    if isinstance(model, Backbone):
        return most_photo_r(model, side)
    named = _PATCH_IN_NAME.search(key)
    return cap((side // (int(named[1]) if named else PATCH)) ** 2, prefix=0)


def choose_rate(limit: int, here: bool) -> Rate:
    """Return r, at most ``limit``, and its schedule; draw their controls if they are ``here``."""
    place = cursor.current()
    place["r"] = min(place["r"], limit)  # a lower resolution has fewer tokens to merge
    if here:
        slider, toggle = key_of("slider.r"), key_of("slider.decreasing")
        st.session_state[slider], st.session_state[toggle] = place["r"], place["decreasing"]
        place["r"] = st.slider(
            tr("Tokens merged per layer (r)"),
            0,
            limit,
            key=slider,
            disabled=locked("r"),
            on_change=taken,
            args=("slider.r", slider, _take, "r", slider),
            help=tr(
                "Every layer merges the r most similar pairs, up to half of its tokens: {limit} in the first one.",
                limit=limit,
            ),
        )
        place["decreasing"] = st.toggle(
            tr("Decreasing schedule"),
            key=toggle,
            disabled=locked("r") or locked("schedule"),
            on_change=taken,
            args=("slider.decreasing", toggle, _take, "decreasing", toggle),
            help=tr(
                "Merge 2r in the first layer, falling to 0 in the last: about as many tokens in all, but earlier, so faster."
            ),
        )
    draw_rate()
    to_link(r=place["r"], decreasing=place["decreasing"])
    return rate()


def _take(name: str, key: str) -> None:
    cursor.current()[name] = st.session_state[key]


def rate() -> Rate:
    """Return the reader's r."""
    place = cursor.current()
    return (place["r"], -1.0) if place["decreasing"] else place["r"]
