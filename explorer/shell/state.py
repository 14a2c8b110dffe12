"""The link of a session, and the reader's way from page to page."""

import time
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import urlencode

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.shell import cursor
from explorer.shell.keys import key_of, set_again
from explorer.shell.link import PARAMETERS, read, written
from explorer.shell.session import link, session
from explorer.web.joined import script

__all__ = [
    "KINDS", "enter", "forget", "from_link", "go", "sample_from_link", "show_link", "to_link", "told_link", "turn", "whole_link",
]  # fmt: skip

KINDS = {"video": "clip", "sound": "sound", "text": "text"}
"""page → kind of sample, for pages without a photo"""

ARTICLE = "read"
MOVED = ("layer", "frame", "pinned", "beside_pinned", "fill", "step", "edges", "mode")
"""parts of the cursor that the article's stops move"""

OF_KIND = ("pinned", "beside_pinned", "frame", "layer", "fill")
"""parts of the cursor that mean something else for another kind of sample"""

_address = st.components.v2.component("tome_address", js=script("page/address_streamlit"))


def from_link(name: str, options: Iterable[Any] | None = None, key: str | None = None) -> str:
    """Set the widget ``key``, or ``name``, from the link, once; values not in ``options`` count as absent.

    Returns the widget's key.  Streamlit's own binding would put labels into the link, not values.  A widget that was
    not drawn for a while may come back without a choice: it is set again.
    """
    base, known = key or name, None if options is None else list(options)
    key = key_of(base)
    lost = known is not None and None not in known and st.session_state.get(key) is None
    if lost or key not in st.session_state:
        value = read(name, link().get(name))
        st.session_state[key] = value if known is None or value in known else read(name, None)
        session().linked.add(base)
    elif base not in session().placed:
        st.session_state[key] = st.session_state[key]  # or Streamlit gives this page's control its default
    session().placed.add(base)
    return key


def sample_from_link(name: str, samples: Iterable[Any], own: bool) -> str:
    """Do the same for a choice among ``samples``: none is chosen while the reader's ``own`` is shown.

    Returns the widget's key.
    """
    if not own:
        if st.session_state.get(key_of(name)) is None:
            st.session_state.pop(key_of(name), None)
        return from_link(name, samples)
    st.session_state[key_of(name)] = None
    session().linked.add(name)
    return key_of(name)


def to_link(**values: Any) -> None:
    """Put values into the link, without those at their default."""
    now, wanted = session(), _with(link(), values)
    if wanted != now.address:
        now.address, now.sent = wanted, now.arriving
    if not now.sent:
        _send()


def _send() -> None:
    """Give the browser the link, all at once: each single assignment would add an entry to its history."""
    session().sent = False
    st.query_params.from_dict(whole_link())  # or Streamlit ends this run for a newer one, which then sends it
    session().sent = True


def told_link(**values: Any) -> None:
    """Keep values that the browser has put into the link itself, without a history entry."""
    session().address = _with(link(), values)


def show_link() -> None:
    """Write the session's link into the address bar after a switch of pages."""
    if session().arrival:
        _address(key="address", data={"arrival": session().arrival, "query": urlencode(whole_link())}, height=1)


def whole_link() -> dict[str, str]:
    """Return the link of all that is shown."""
    # The viewer writes the cursor into the address itself; Streamlit would drop it.
    rates = {f"{page}_{name}": value for page, rate in session().rates.items() for name, value in rate.items()}
    linked = {name: value for name, value in rates.items() if name in PARAMETERS}  # those of the article are not
    return _with(link(), cursor.current() | linked)


def _with(link: dict[str, str], values: dict[str, Any]) -> dict[str, str]:
    said = written(values)
    return {name: said.get(name, text) for name, text in link.items() if name in said or name not in values} | said


def enter(page: str) -> None:
    """Record the running page and the kind of navigation that led to it.

    After back or forward in the browser, the link overrules the widgets.  After a click on a tab, the link stays and
    keeps the choices of the other pages for the way back.  A link within the app overrules the choices that it names.
    Each page's viewer starts from its last cursor.
    """
    now, came = session(), get_script_run_ctx().is_history_navigation
    if now.page is None:
        now.asked = st.query_params.to_dict()
    elif now.page != page or came:
        now.asked = {}
    if now.page is None or came:
        now.address, now.sent = st.query_params.to_dict(), not came  # a link that was on its way then has replaced it
    now.arriving = now.page not in (None, page) and not came
    if now.arriving:
        now.arrival = time.time_ns() // 1_000_000
    if now.page != page:
        kind, before = KINDS.get(page), KINDS.get(now.page or "")
        if now.arriving and kind != before:
            now.left[before] = {name: cursor.current()[name] for name in OF_KIND}
            cursor.current().update(now.left.get(kind) or {name: read(name, None) for name in OF_KIND})
        if now.arriving:
            cursor.current()["why"] = None  # a link within the app may open another answer
            if now.page == ARTICLE:  # its stops have moved the cursor
                cursor.current().update(now.before_article or {name: read(name, None) for name in MOVED})
                now.stop, now.stops, now.before_article = None, (), None
            elif page == ARTICLE:
                now.before_article = {name: cursor.current()[name] for name in MOVED}
        now.page = page
        now.placed.clear()
        now.openings.clear()
        now.refused_files.clear()
    named = st.query_params.to_dict() if now.arriving else {}
    if named:
        now.address = whole_link() | named
        if "beside" in named:
            now.own_beside = None
    if came or named:
        _follow_link()


def go(parameters: dict[str, str], keep: Collection[str] = ()) -> None:
    """Open the view of a link on the current page; unknown parameters are ignored, those to ``keep`` stay."""
    named = {name: text for name, text in parameters.items() if name in PARAMETERS}
    session().address = named | _kept(keep)
    _follow_link()
    _send()


def turn(**named: str) -> None:
    """Change choices of the current page as a link would; the others stay."""
    go(whole_link() | named)


def forget(keep: Collection[str] = ()) -> None:
    """Let every choice but those to ``keep`` be at its default, for a link that names all others."""
    session().address = _kept(keep)
    _follow_link()


def _kept(keep: Collection[str]) -> dict[str, str]:
    return {name: text for name, text in whole_link().items() if name in keep}


def _follow_link() -> None:
    """Reset every choice from the link."""
    now = session()
    set_again()
    now.followed += 1
    now.openings.clear()
    now.rates.clear()
    now.cursor = now.reference = now.unnamed = None
    now.revision += 1
