"""Components with text in their scripts: one per language, with its catalogue."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.locale.language import LANGUAGES, language
from explorer.web.joined import script

__all__ = ["spoken"]


def spoken(name: str, entry: str, css: str) -> Callable[..., Any]:
    """Register the component ``name`` and return a function that draws it in the language of a run.

    The English one is called ``name``; others have the language as a suffix.
    """
    drawn = {
        each: st.components.v2.component(name if each == "en" else f"{name}_{each}", js=script(entry, each), css=css)
        for each in LANGUAGES
    }

    def draw(**options: Any) -> Any:
        return drawn[language()](**options)

    return draw
