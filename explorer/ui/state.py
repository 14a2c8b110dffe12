"""What a link holds and what a session remembers."""

import uuid
from collections.abc import Iterable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

__all__ = ["enter", "from_link", "initial_view", "link", "remember_view", "session", "to_link"]

AT_REST = {"layer": 0, "pinned": None, "fill": "mean", "arrows": False, "similarity": True}
VIEW = tuple(AT_REST)
FILLS = ("mean", "region", "size", "photo", "difference")
_LINKED = "link.names"
_KNOWN = "link.known"
_COMMITTED = "view.committed"
_INITIAL = "view.initial"


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
        # The viewer put the cursor into the link without Streamlit's knowledge: written anew, it would be lost.
        cursor = {name: (committed()[name], rest) for name, rest in AT_REST.items()}
        # At once: each assignment of one name would be a step of its own in the browser's history.
        st.query_params.from_dict(_with(wanted, cursor))


def _with(link: dict[str, str], choices: dict[str, tuple[Any, Any]]) -> dict[str, str]:
    kept = {name: text for name, text in link.items() if name not in choices}
    return kept | {name: _text(value) for name, (value, default) in choices.items() if value != default}


def enter(page: str) -> None:
    """Note which page runs, and whether its reader came by the browser's back or forward.

    The viewer starts anew on each page, from where its reader left it.  Within a page, back and forward change the
    link and ask for a run, but with the choices of before: the link counts.
    """
    known, came = st.session_state.get("page"), get_script_run_ctx().is_history_navigation
    if known != page or came:
        st.session_state[_KNOWN] = st.query_params.to_dict()
    if known != page:
        st.session_state["page"] = page
        st.session_state.pop(_INITIAL, None)
    elif came:
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
    """Keep what the viewer told; it has put it into the link itself, without a new entry in the history."""
    committed()[name] = value


def _number(text: str | None, default: int | None) -> int | None:
    return int(text) if text and text.isdecimal() and len(text) < 6 else default


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
