"""The reader's language: from the link, the choice in the sidebar, or the browser."""

import streamlit as st

from explorer.locale.language import LANGUAGES, TAGS, language, speak
from explorer.shell.keys import set_again
from explorer.shell.session import session
from explorer.shell.state import from_link, to_link
from explorer.web.joined import script

__all__ = ["begin", "changed", "choose", "in_link", "other"]

_language = st.components.v2.component("tome_language", js=script("page/language_streamlit"))


def begin() -> None:
    """Speak the reader's language from here on, in this run and in the fragments of its page."""
    chosen = _chosen()
    if chosen != session().language:
        set_again(but="lang")
        session().openings.clear()  # the viewer is drawn anew: at the cursor, not where it was opened
    session().language = chosen
    speak(chosen)


def changed() -> bool:
    """Return whether the link now asks for another language than that of this run."""
    return _chosen() != language()


def in_link() -> str | None:
    """Return what a link must say to open in this language; None where the browser's own does."""
    return None if language() == _own() == "en" else language()


def _chosen() -> str:
    key = from_link("lang", LANGUAGES)
    if st.session_state[key] is None:
        st.session_state[key] = _own()
    return st.session_state[key]


def _own() -> str:
    """Return the language of the reader's browser: Chinese, or else English."""
    return "zh" if (st.context.locale or "").lower().startswith("zh") else "en"


def other() -> str:
    """Return the name of the language that is not spoken, in that language."""
    return next(name for each, name in LANGUAGES.items() if each != language())


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
    to_link(lang=None if chosen == _own() == "en" else chosen)
    if chosen != "en":
        with st.sidebar:
            _language(key="language", data={"tag": TAGS[chosen]}, height=1)
