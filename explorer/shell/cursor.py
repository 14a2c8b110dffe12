"""The cursor of a session: where its viewers are."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.shell.link import CURSOR, VIEW, read
from explorer.shell.session import link, session

__all__ = ["close", "current", "opening", "own_rate", "remember", "reported", "set_rate"]


def current() -> dict[str, Any]:
    """Return the reader's cursor: initially from the link, then from the viewer's messages."""
    now = session()
    if now.cursor is None:
        now.cursor = {name: read(name, link().get(name)) for name in CURSOR}
    return now.cursor


def opening(what: str, slot: str = "viewer", rate: dict[str, Any] | None = None) -> dict[str, Any]:
    """Return the cursor for opening a component: the same for ``what`` until the page is left.

    Several components on one page have a ``slot`` each.  ``rate`` holds r and decreasing of a page with its own r.
    """
    kept = session().openings
    if slot not in kept or kept[slot][0] != what:
        start = current() | (rate or {})
        kept[slot] = (what, start, dict(start))
    return kept[slot][1]


def remember(name: str, value: object, rate: dict[str, Any] | None = None, slot: str = "viewer") -> None:
    """Keep a value of the component in ``slot``, which has put it into the link without a history entry.

    Values out of range are ignored.
    """
    if not CURSOR[name].allows(value):
        return
    (rate if rate and name in rate else current())[name] = value
    if slot in session().openings:
        session().openings[slot][2][name] = value


def close(slot: str) -> None:
    """Let the cursor be that of the page's own viewer, once the second one, in ``slot``, is gone."""
    now = session()
    gone, own = now.openings.pop(slot, None), now.openings.get("viewer")
    if gone is None or own is None:
        return
    left = {name: own[2][name] for name in VIEW if name not in ("r", "decreasing")} | {"beside_pinned": None}
    if any(current()[name] != value for name, value in left.items()):
        current().update(left)
        now.sent = False


def reported(key: str, name: str, take: Callable[[Any], None]) -> Callable[[], None]:
    """Return a callback that gives ``take`` the value ``name`` of the component ``key``.

    The browser sends a value with the revision of the cursor that it was chosen at.  An older one is ignored: the link
    has overruled it, as after a step back.  So is a message that was on its way when the reader opened another page:
    Streamlit has let go of its values.
    """

    def report() -> None:
        match (st.session_state.get(key) or {}).get(name):
            case [revision, value] if revision == session().revision:
                take(value)

    return report


def own_rate(name: str) -> dict[str, Any]:
    """Return r and decreasing of a page with its own: initially from the link, then from its viewer."""
    rates = session().rates
    if name not in rates:
        rates[name] = {each: read(f"{name}_{each}", link().get(f"{name}_{each}")) for each in ("r", "decreasing")}
    return rates[name]


def set_rate(name: str, r: int) -> None:
    """Set r of a page with its own; its viewer takes it over in the next run."""
    own_rate(name)["r"] = r
    session().openings.clear()
    session().revision += 1
