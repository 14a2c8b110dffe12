"""The keys of controls, which tell a reader's choice from an old message."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.shell.session import session

__all__ = ["choose", "keep", "key_of", "set_again", "taken"]


def key_of(name: str) -> str:
    """Return the key of the control ``name``: a new one whenever something other than the control sets it.

    Every message of the browser holds the values of all its controls.  One that was on its way when a value was set here
    still holds the old value, and Streamlit would take that for the reader's choice.  Under an old key it has no effect.
    """
    now = session()
    count = now.followed + now.chosen.get(name, 0)
    return f"{name}~{count}" if count else name


def choose(name: str, value: Any) -> None:
    """Set the control ``name``; a message on its way with the old value has no effect."""
    now = session()
    st.session_state.pop(key_of(name), None)
    now.chosen[name] = now.chosen.get(name, 0) + 1
    st.session_state[key_of(name)] = value
    now.linked.add(name)


def keep(name: str) -> None:
    """Keep the choice of the control ``name`` over a run that does not draw it."""
    if (key := key_of(name)) in st.session_state:
        st.session_state[key] = st.session_state[key]


def taken(name: str, key: str, act: Callable[..., None], *args: Any) -> None:
    """Call ``act`` for a change of the control ``name``, unless the message is older than its key or than ``set_again``."""
    if key == key_of(name) and key in st.session_state:
        act(*args)


def set_again(but: str = "") -> None:
    """Set every control from the link in the next run, except that named ``but``.

    The browser is told a control's value once: one whose script was still on its way would show its default, and one
    with its options in another language would keep the old words.
    """
    linked = session().linked
    for name in linked - {but}:
        st.session_state.pop(key_of(name), None)
    linked.intersection_update({but})
