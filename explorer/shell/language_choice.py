"""The reader's language: from the link, and from the choice in the sidebar."""

import streamlit as st

from explorer.locale.language import LANGUAGES, TAGS, language, speak
from explorer.shell.session import session
from explorer.shell.state import from_link, to_link
from explorer.web.joined import script

__all__ = ["begin", "changed", "choose"]

_language = st.components.v2.component("tome_language", js=script("page/language_streamlit"))


def begin() -> None:
    """Speak the reader's language from here on, in this run and in the fragments of its page."""
    session().language = st.session_state[from_link("lang", LANGUAGES)]
    speak(session().language)


def changed() -> bool:
    """Return whether the link now asks for another language than that of this run."""
    return st.session_state[from_link("lang", LANGUAGES)] != language()


def choose() -> None:
    """Draw the choice."""
    chosen = st.sidebar.segmented_control(
        "Language · 语言",
        list(LANGUAGES),
        key=from_link("lang", LANGUAGES),
        required=True,
        format_func=LANGUAGES.get,
        label_visibility="collapsed",
        persist_state="session",
    )
    to_link(lang=chosen)
    if chosen != "en":
        with st.sidebar:
            _language(key="language", data={"tag": TAGS[chosen]}, height=1)
