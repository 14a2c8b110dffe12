"""The viewer as a Streamlit component."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import streamlit as st

from explorer.core.images import Picture
from explorer.core.names import safe_name
from explorer.records.build import Json as Story
from explorer.records.build import with_photo
from explorer.records.schema import Query, Record
from explorer.ui import state
from explorer.ui.wire import DRAW_SECONDS, session_wire
from explorer.viewer import PHOTO, VIEWER, css, script
from explorer.viewer.standalone import web_page

__all__ = ["Comparison", "cursor", "save_page", "send", "show"]

MIDDLE = 6
KEY = "viewer"
"""of the viewer that a page has on its own, and that the wire goes to"""

_viewer = st.components.v2.component("tome_viewer", js=script("streamlit", VIEWER), css=css())
_photo = st.components.v2.component("tome_photo", js=script("photo_streamlit", PHOTO))


@dataclass(frozen=True, eq=False)
class Comparison:
    """What several panels of one photo have beyond their stories."""

    titles: Sequence[str]
    notes: Sequence[str]
    """a sentence each, where a panel has something else to say than its regions; "" elsewhere"""
    awaited: Sequence[bool] = ()
    """which panels' runs are on their way: the browser goes on showing what it had, dimmed, if it is of the same photo"""
    reference: int | None = None
    """the panel that the others are compared with"""
    on_reference: Callable[[int], None] | None = None
    """takes the panel that the reader wants the others compared with; the page runs again after it"""
    heat: Callable[[int], list[Any]] | None = None
    """for a pinned patch, the record of ``heat.warm`` for each panel, None where there is none"""


def cursor() -> int:
    """The layer that several panels show, as far as the server knows."""
    return state.committed()["layer"] or MIDDLE  # at the input all panels are the same


def show(panels: list[Story], identity: str, comparison: Comparison | None = None, key: str = KEY) -> None:
    """Draw stories on one layer cursor.  ``identity`` is equal for equal stories only."""
    # The turn is that of these stories: when the fragment runs alone later on, newer ones may have gone over the wire.
    _show(panels, identity, comparison, key, session_wire().mark if key == KEY else None)


def send(panels: list[Story], comparison: Comparison | None = None) -> bool:
    """Show these stories in the viewer that is on screen, over the wire; its cursor stays.

    Waits a moment until they are on screen, so that the browser does nothing else first; whether they are.
    """
    wire = session_wire()
    wire.send(_record(panels, comparison))
    return wire.await_shown(DRAW_SECONDS)


@st.fragment  # what the viewer tells reruns this function, not the page
def _show(panels: list[Story], identity: str, comparison: Comparison | None, key: str, mark: dict | None) -> None:
    start = state.initial_view(identity, key)
    if comparison and not start["layer"]:
        start = {**start, "layer": MIDDLE}  # as above
    told = _viewer(
        key=key,
        data={**_record(panels, comparison), **start, "wire": mark},
        default={name: start[name] for name in state.VIEW},
        **{f"on_{name}_change": _keep(key, name) for name in state.VIEW},
        on_reference_change=lambda: None,  # makes Streamlit tell it below
    )
    if comparison and type(told.reference) is int and 0 <= told.reference < len(panels):
        comparison.on_reference(told.reference)
        st.rerun()
    # Apart from the stories, so that a browser that has the photo is not sent it again.
    address = panels[0]["picture"]["src"]
    _photo(key=f"{key}.photo", data={"name": _photo_name(address), "address": address}, height=1)


def _record(panels: list[Story], comparison: Comparison | None) -> dict[str, Any]:
    first, *rest = _once(panels)
    return {
        "panels": [{**first, "picture": {**first["picture"], "src": _photo_name(first["picture"]["src"])}}, *rest],
        "revision": st.session_state.get("revision", 0),
        **_compared(comparison, patches=panels[0]["grid"][0] * panels[0]["grid"][1]),
    }


def _photo_name(address: str) -> str:
    return f"photo:{sha256(address.encode()).hexdigest()[:16]}"


def follow(query: Query, limit: int | None, key: str = KEY, rate: dict | None = None) -> None:
    """Draw the record of ``query``, which the viewer fetches, at the r that its reader sets there: 0 to ``limit``.

    Its r is the reader's, not the query's; with ``limit`` None there is none to set.  The page runs again when a
    gesture on r has ended.  ``rate`` is that of a page with an r of its own.
    """
    _follow(query, limit, key, rate)


@st.fragment
def _follow(query: Query, limit: int | None, key: str, rate: dict | None) -> None:
    asked = query.model_dump(exclude={"r"}, exclude_defaults=True)
    start = state.initial_view(str(asked), key, rate)
    if limit is None:
        r, decreasing = (query.r, False) if isinstance(query.r, int) else (query.r[0], True)
        start = {**start, "r": r, "decreasing": decreasing}
    _viewer(
        key=key,
        data={
            "ask": {"query": asked, "panels": [{"title": "", "config": {}}], "limit": limit},
            "revision": st.session_state.get("revision", 0),
            **start,
        },
        default={name: start[name] for name in state.VIEW},
        **{f"on_{name}_change": _keep(key, name, rate) for name in state.VIEW},
    )
    if state.turned(rate):
        st.rerun()


def save_page(record: Record, picture: Picture, key: str = "save_page") -> None:
    """Draw a button for one file with the photo and all its layers, opened at the reader's cursor."""
    cursor = state.committed()  # what the viewer tells goes into it; the page does not run again for that
    st.download_button(
        "Save as a web page",
        lambda: web_page(with_photo(record, picture), **cursor),
        safe_name(record.name, f"-{picture.digest[:8]}.html"),
        "text/html",
        key=key,
        on_click="ignore",
        help="One file with this photo and all its layers. It opens in any browser, without a network.",
    )


def _compared(comparison: Comparison | None, patches: int) -> dict[str, Any]:
    if comparison is None:
        return {"titles": []}
    pinned = state.committed()["pinned"]
    # A link, or a photo shown before on a finer grid, may have pinned a patch that is not there.
    there = comparison.heat is not None and pinned is not None and pinned < patches
    heat = {"patch": pinned, "panels": comparison.heat(pinned)} if there else None
    return {
        "titles": list(comparison.titles),
        "notes": list(comparison.notes),
        "awaited": list(comparison.awaited),
        "reference": comparison.reference,
        "pinnable": comparison.heat is not None,
        "heat": heat,
    }


def _once(panels: list[Story]) -> list[Story]:
    """The same photo is sent once, with the first story that shows it."""
    first, *rest = panels
    bare = {**first["picture"], "src": ""}
    same = [story["picture"] == first["picture"] for story in rest]
    return [
        first,
        *(
            {**story, "picture": bare, "colours": ""} if equal else story
            for story, equal in zip(rest, same, strict=True)
        ),
    ]


def _keep(key: str, name: str, rate: dict | None = None):
    def keep() -> None:
        state.remember_view(name, st.session_state[key][name], rate)

    return keep
