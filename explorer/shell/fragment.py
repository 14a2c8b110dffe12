"""Streamlit's fragments and dialogs, in the language of their page."""

from collections.abc import Callable
from functools import wraps
from typing import Any

import streamlit as st

from explorer.locale.language import speak
from explorer.shell.session import session

__all__ = ["dialog", "fragment"]


def fragment(function: Callable[..., Any] | None = None, *, run_every: float | None = None) -> Callable[..., Any]:
    """Let a function rerun without its page, like ``st.fragment``.

    Such a rerun may use another thread and skips app.py, which sets the language for a run of the page.
    """
    if function is None:
        return lambda given: fragment(given, run_every=run_every)

    return st.fragment(_in_its_language(function), run_every=run_every)


def dialog(title: str, function: Callable[[], None], **options: Any) -> None:
    """Draw ``function`` over the page, like ``st.dialog``; it reruns without its page, too."""
    st.dialog(title, **options)(_in_its_language(function))()


def _in_its_language(function: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(function)
    def told(*args: Any, **named: Any) -> Any:
        speak(session().language)
        return function(*args, **named)

    return told
