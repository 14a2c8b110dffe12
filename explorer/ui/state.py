"""What a link holds and what a session remembers."""

import time
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.viewer import script

__all__ = ["enter", "from_link", "initial_view", "link", "remember_view", "session", "show_link", "to_link"]

AT_REST = {
    "layer": 0,
    "pinned": None,
    "fill": "mean",
    "arrows": False,
    "similarity": True,
    "r": 16,
    "decreasing": False,
}
VIEW = tuple(AT_REST)
FILLS = ("mean", "region", "size", "photo", "difference")
_LINKED = "link.names"
_KNOWN = "link.known"
_COMMITTED = "view.committed"
_INITIAL = "view.initial"
_ARRIVAL = "link.arrival"
_ARRIVING = "link.arriving"

_address = st.components.v2.component("tome_address", js=script("address_streamlit", ()))


def session() -> str:
    """A name for this session's jobs.  Not Streamlit's own id, which would let its finder join the session."""
    return st.session_state.setdefault("session", uuid.uuid4().hex)


def link() -> dict[str, str]:
    """What the browser's link holds, as far as the server knows; the viewer moves its cursor there by itself.

    The link that comes with a run may be older, where a reader was quicker than the answer.
    """
    return st.session_state.setdefault(_KNOWN, st.query_params.to_dict())


def from_link(name: str, default: Any, options: Iterable[Any]) -> str:
    """Give the widget ``name`` what the link says, once; what is not among ``options`` counts as absent.

    Returns the name, to be the widget's key.  Streamlit's own binding would put labels into the link, not values.
    """
    if name not in st.session_state:
        asked = link().get(name)
        st.session_state[name] = next((option for option in options if _text(option) == asked), default)
        st.session_state.setdefault(_LINKED, set()).add(name)
    return name


def _follow_link() -> None:
    """Take every choice from the link again."""
    for name in st.session_state.pop(_LINKED, ()):
        st.session_state.pop(name, None)
    for name in (_COMMITTED, _INITIAL):
        st.session_state.pop(name, None)
    st.session_state["revision"] = st.session_state.get("revision", 0) + 1


def to_link(**choices: tuple[Any, Any]) -> None:
    """Put each choice (value, default) into the link; what is at its default is left out."""
    wanted = _with(link(), choices)
    if wanted != link():
        st.session_state[_KNOWN] = wanted
        if not st.session_state.get(_ARRIVING):
            # At once: each assignment of one name would be a step of its own in the browser's history.
            st.query_params.from_dict(_whole_link())


def show_link() -> None:
    """See that a page to which its reader came by its tab has its link in the address, too."""
    if _ARRIVAL in st.session_state:
        _address(
            key="address", data={"arrival": st.session_state[_ARRIVAL], "query": urlencode(_whole_link())}, height=1
        )


def _whole_link() -> dict[str, str]:
    # The viewer puts the cursor into the link without Streamlit's knowledge: written without, it would be lost.
    return _with(link(), {name: (committed()[name], rest) for name, rest in AT_REST.items()})


def _with(link: dict[str, str], choices: dict[str, tuple[Any, Any]]) -> dict[str, str]:
    kept = {name: text for name, text in link.items() if name not in choices}
    return kept | {name: _text(value) for name, (value, default) in choices.items() if value != default}


def enter(page: str) -> None:
    """Note which page runs, and how its reader came there.

    By the browser's back or forward: then the link counts, though the run has the choices of before.  By the page's
    tab: then the link is what it was, with what its reader has chosen on other pages, so that it is there again on the
    way back.  The viewer starts anew on each page, from where its reader left it.
    """
    known, came = st.session_state.get("page"), get_script_run_ctx().is_history_navigation
    if known is None or came:
        st.session_state[_KNOWN] = st.query_params.to_dict()
    st.session_state[_ARRIVING] = known not in (None, page) and not came
    if st.session_state[_ARRIVING]:
        st.session_state[_ARRIVAL] = time.time_ns() // 1_000_000
    if known != page:
        st.session_state["page"] = page
        st.session_state.pop(_INITIAL, None)
    if came:
        _follow_link()


def committed() -> dict:
    """Where the reader's cursor is: from the link at first, then from what the viewer told."""
    if _COMMITTED not in st.session_state:
        query = link()
        st.session_state[_COMMITTED] = {
            "layer": _number(query.get("layer"), 0),
            "pinned": _number(query.get("pinned"), None),
            "fill": query["fill"] if query.get("fill") in FILLS else "mean",
            "arrows": query.get("arrows") == "true",
            "similarity": query.get("similarity") != "false",
            "r": _number(query.get("r"), 16),
            "decreasing": query.get("decreasing") == "true",
        }
    return st.session_state[_COMMITTED]


def initial_view(story: str, slot: str = "viewer") -> dict:
    """The cursor a component mounts with.  The same for one story until the page is left: a change mounts it again.

    Components that stand on one page have a ``slot`` each.
    """
    kept = st.session_state.setdefault(_INITIAL, {})
    if slot not in kept or kept[slot][0] != story:
        kept[slot] = (story, dict(committed()))
    return kept[slot][1]


def remember_view(name: str, value: object) -> None:
    """Keep what the viewer told; it has put it into the link itself, without a new entry in the history.

    What no viewer of ours tells is left alone.
    """
    if _possible(name, value):
        committed()[name] = value


def _possible(name: str, value: object) -> bool:
    if name == "fill":
        return value in FILLS
    if name in ("arrows", "similarity", "decreasing"):
        return isinstance(value, bool)
    return (name == "pinned" and value is None) or (type(value) is int and 0 <= value < 100_000)


def turned() -> bool:
    """Return whether the viewer's r has changed since the page was drawn."""
    rate = {name: committed()[name] for name in ("r", "decreasing")}
    return st.session_state.setdefault("drawn", rate) != rate


def draw_rate() -> None:
    """Note that the page is drawn under the r of this moment."""
    st.session_state["drawn"] = {name: committed()[name] for name in ("r", "decreasing")}


def finish(told: object) -> None:
    """Keep which panels the viewer says are there; what no viewer of ours tells is left alone."""
    if isinstance(told, str) and len(told) < 80:
        st.session_state["finished"] = told


def finished(name: str) -> bool:
    """Return whether the viewer has the panels ``name`` under the page's r."""
    return st.session_state.get("finished") == _panels(name)


def news(name: str) -> bool:
    """Return whether the viewer has these panels, and the page is not drawn with them yet."""
    return finished(name) and st.session_state.get("complete") != _panels(name)


def complete(name: str) -> None:
    """Note that the page is drawn with all of these panels."""
    st.session_state["complete"] = _panels(name)


def _panels(name: str) -> str:
    place = committed()
    return f"{name} {place['r']} {_text(place['decreasing'])}"


def _number(text: str | None, default: int | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 6 else default


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
