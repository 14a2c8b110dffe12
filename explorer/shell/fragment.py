"""Streamlit's fragments, in the language of their page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from explorer.locale.language import speak
from explorer.shell.session import session

__all__ = ["fragment"]


def fragment(function: Callable[..., Any] | None = None, *, run_every: float | None = None) -> Callable[..., Any]:
    """Make a function run again by itself, as ``st.fragment`` does.

    Such a run may come in a thread of its own and does not pass the frame, which sets the language of a page's run.
    """
    if function is None:
        return lambda given: fragment(given, run_every=run_every)

    @wraps(function)
    def in_its_language(*args: Any, **named: Any) -> Any:
        speak(session().language)
        return function(*args, **named)

    return st.fragment(in_its_language, run_every=run_every)
