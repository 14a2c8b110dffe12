"""A new r is answered in the viewer first; then the page is drawn anew around it.

A page's script draws the sidebar and all that stands over the viewer before it comes to what its reader waits for, and
the browser does so meanwhile, on the cores that compute it when both are one machine.
"""

from collections.abc import Callable

import streamlit as st

from explorer.ui.controls import rate
from explorer.ui.wire import session_wire
from tome.schedule import R

__all__ = ["answer", "offer", "withdraw"]

_OFFER = "ahead"


def offer(r: R, draw: Callable[[R], None]) -> None:
    """The open page shows ``r``, and ``draw`` lets its viewer show another one, without any call that draws the page."""
    st.session_state[_OFFER] = (r, draw)


def withdraw() -> None:
    """What the page shows may be about to change in more than r: another page, another model."""
    st.session_state.pop(_OFFER, None)


def answer() -> None:
    """Take up the offer of the page that is open, if its reader has chosen another r and its viewer listens."""
    shown, draw = st.session_state.get(_OFFER, (None, None))
    r = rate()
    if draw and r not in (None, shown) and session_wire().open:
        draw(r)
