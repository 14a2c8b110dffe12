"""The link and the cursor of a session."""

import time
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.shell.link import CURSOR, PARAMETERS, VIEW, read, written
from explorer.shell.session import session
from explorer.web.joined import script

__all__ = [
    "KINDS", "VIEW", "cursor", "enter", "forget", "from_link", "go", "link", "opening", "own_rate", "remember", "session", "set_rate",
    "show_link", "to_link", "told_link",
]  # fmt: skip

KINDS = {"video": "clip", "sound": "sound", "text": "text"}
"""page → what it is about, where that is no photo"""

_address = st.components.v2.component("tome_address", js=script("page/address_streamlit"))


def link() -> dict[str, str]:
    """Return what the browser's link holds, as far as the server knows; the viewer moves its cursor there by itself.

    The link that comes with a run may be older, where a reader was quicker than the answer.
    """
    if session().address is None:
        session().address = st.query_params.to_dict()
    return session().address


def from_link(name: str, options: Iterable[Any] | None = None, key: str | None = None) -> str:
    """Give the widget ``key``, or ``name``, the link's value, once; one that is not among ``options`` counts as absent.

    Returns the widget's key.  Streamlit's own binding would put labels into the link, not values.
    """
    key = key or name
    if key not in st.session_state:
        value = read(name, link().get(name))
        st.session_state[key] = value if options is None or value in list(options) else read(name, None)
        session().linked.add(key)
    return key


def to_link(**values: Any) -> None:
    """Put values into the link; what is at its default is left out."""
    wanted = _with(link(), values)
    if wanted != link():
        session().address = wanted
        if not session().arriving:
            # At once: each assignment of one name would be a step of its own in the browser's history.
            st.query_params.from_dict(_whole_link())


def told_link(**values: Any) -> None:
    """Keep values that the browser has put into the link itself: they are no step in its history."""
    session().address = _with(link(), values)


def show_link() -> None:
    """See that a page to which its reader came by its tab has its link in the address, too."""
    if session().arrival:
        _address(key="address", data={"arrival": session().arrival, "query": urlencode(_whole_link())}, height=1)


def _whole_link() -> dict[str, str]:
    # The viewer puts the cursor into the link without Streamlit's knowledge: written without, it would be lost.
    rates = {f"{page}_{name}": value for page, rate in session().rates.items() for name, value in rate.items()}
    return _with(link(), cursor() | rates)


def _with(link: dict[str, str], values: dict[str, Any]) -> dict[str, str]:
    return {name: text for name, text in link.items() if name not in values} | written(values)


def enter(page: str) -> None:
    """Note which page runs, and how its reader came there.

    By the browser's back or forward: then the link counts, though the run has the choices of before.  By the page's
    tab: then the link is what it was, with what its reader has chosen on other pages, so that it is there again on the
    way back.  By a link of ours: then the choices that it names count, too.  The viewer starts anew on each page, from where its reader left it.
    """
    now, came = session(), get_script_run_ctx().is_history_navigation
    if now.page is None or came:
        now.address = st.query_params.to_dict()
    now.arriving = now.page not in (None, page) and not came
    if now.arriving:
        now.arrival = time.time_ns() // 1_000_000
    if now.page != page:
        if now.arriving and KINDS.get(page) != KINDS.get(now.page):
            # A patch, a frame and a layer of a clip are none of a sound.
            cursor().update({name: read(name, None) for name in ("pinned", "frame", "layer")})
        now.page = page
        now.openings.clear()
    named = st.query_params.to_dict() if now.arriving else {}
    if named:
        now.address = _whole_link() | named
    if came or named:
        _follow_link()


def go(parameters: dict[str, str]) -> None:
    """Open the view of a link on the page that is shown; what is no parameter of ours is left out."""
    session().address = {name: text for name, text in parameters.items() if name in PARAMETERS}
    _follow_link()
    st.query_params.from_dict(session().address)


def forget() -> None:
    """Let every choice be at its default, for a link that names all others."""
    session().address = {}
    _follow_link()


def _follow_link() -> None:
    """Take every choice from the link again."""
    now = session()
    for key in now.linked:
        st.session_state.pop(key, None)
    now.linked.clear()
    now.openings.clear()
    now.rates.clear()
    now.cursor = now.reference = None
    now.revision += 1


def cursor() -> dict[str, Any]:
    """Return where the reader's cursor is: from the link at first, then from what the viewer told."""
    now = session()
    if now.cursor is None:
        now.cursor = {name: read(name, link().get(name)) for name in CURSOR}
    return now.cursor


def opening(what: str, slot: str = "viewer", rate: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the cursor that a component opens with: the same for ``what`` until the page is left.

    Components that stand on one page have a ``slot`` each.  ``rate`` holds r and decreasing where the page has its own.
    """
    kept = session().openings
    if slot not in kept or kept[slot][0] != what:
        kept[slot] = (what, cursor() | (rate or {}))
    return kept[slot][1]


def remember(name: str, value: object, rate: dict[str, Any] | None = None) -> None:
    """Keep what a component told; it has put it into the link itself, without a new entry in the history.

    What no component of ours tells is left alone.
    """
    if CURSOR[name].allows(value):
        (rate if rate and name in rate else cursor())[name] = value


def own_rate(name: str) -> dict[str, Any]:
    """Return r and decreasing of a page that has its own: from the link at first, then as its viewer told."""
    rates = session().rates
    if name not in rates:
        rates[name] = {each: read(f"{name}_{each}", link().get(f"{name}_{each}")) for each in ("r", "decreasing")}
    return rates[name]


def set_rate(name: str, r: int) -> None:
    """Set r of a page that has its own; its viewer takes it with the next run."""
    own_rate(name)["r"] = r
    session().openings.clear()
    session().revision += 1
