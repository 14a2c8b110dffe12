"""Components whose scripts speak: one for each language, with its catalogue inside."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.locale.language import LANGUAGES, language
from explorer.web.joined import script

__all__ = ["spoken"]


def spoken(name: str, entry: str, css: str) -> Callable[..., Any]:
    """Register the component ``name`` and return what draws it in the language of a run.

    That of English is called ``name``, others have their language behind it.
    """
    drawn = {
        each: st.components.v2.component(name if each == "en" else f"{name}_{each}", js=script(entry, each), css=css)
        for each in LANGUAGES
    }

    def draw(**options: Any) -> Any:
        return drawn[language()](**options)

    return draw
