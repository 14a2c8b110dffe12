"""The lesson as a Streamlit component, and what a link holds of it."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.ui import state
from explorer.viewer import LESSON, css, script

__all__ = ["layer", "show"]

PLACES = ("layer", "step", "edges", "pinned", "mode")

_lesson = st.components.v2.component("tome_lesson", js=script("lesson_streamlit", LESSON), css=css() + css("lesson"))


def layer(depth: int) -> int:
    """The layer that the reader looks at, 1 … ``depth``: the cursor of the other pages, where it names a block."""
    return min(max(_place()["layer"], 1), depth)


def show(record: dict[str, Any], identity: str, key: str = "lesson") -> None:
    """Draw one layer's record.  ``identity`` is equal for equal records only."""
    place = _place()
    if place["lesson"] not in (None, identity):
        state.remember_view("edges", None)  # an r that was dragged belongs to the layer it was dragged in
    place["lesson"] = identity
    start = state.initial_view(identity)
    names = {name: start[name] for name in PLACES}
    _lesson(
        key=key,
        data={"record": record, "revision": identity, **names},
        default=names,
        **{f"on_{name}_change": _keep(key, name) for name in PLACES},
    )


def _place() -> dict[str, Any]:
    place = state.committed()
    if "step" not in place:
        query = st.query_params
        place |= {"step": _number(query.get("step")) or 1, "edges": _number(query.get("edges")), "lesson": None}
        place["mode"] = "explore" if query.get("mode") == "explore" else "predict"
    return place


def _keep(key: str, name: str) -> Callable[[], None]:
    def keep() -> None:
        state.remember_view(name, st.session_state[key][name])

    return keep


def _number(text: str | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 6 else None
