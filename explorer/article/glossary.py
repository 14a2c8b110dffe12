"""The glossary and the index of questions, in a dialog on every page."""

from collections.abc import Sequence
from itertools import groupby

import streamlit as st

from explorer.article import index
from explorer.article.facts import facts, holds
from explorer.locale.glossary import TERMS, Term
from explorer.locale.language import language, tr
from explorer.shell import embed, keys, state
from explorer.shell.fragment import dialog
from explorer.shell.session import session

__all__ = ["door"]

KEY = "glossary"


def door() -> None:
    """Draw the button of the glossary, and the glossary if it is open; a link can open or hide it."""
    open_ = st.session_state[state.from_link(KEY)]
    if session().arriving:  # by a tab or one of the glossary's links: the reader wants the page
        open_ = False
        keys.choose(KEY, open_)
    st.sidebar.button(
        tr("Glossary and questions"), key="open_glossary", icon=":material/menu_book:", type="tertiary", on_click=_set
    )
    state.to_link(**{KEY: open_})
    if open_ and not (st.context.is_embedded or KEY in embed.hidden()):
        dialog(tr("Glossary and questions"), _inside, width="large", icon=":material/menu_book:", on_dismiss=_shut)


def _set(open_: bool = True) -> None:
    keys.choose(KEY, open_)


def _shut() -> None:
    _set(False)


def _inside() -> None:
    sought = st.text_input(
        tr("Find a term or a question"), key="sought", placeholder=tr("token, similarity, block …")
    ).strip()
    if sought:
        _found(sought)
        return
    words, questions = st.tabs([tr("Terms"), tr("Questions")])
    with words:
        _terms(sorted(TERMS, key=_place))
    with questions:
        facts()
        st.markdown(f"**{tr('Answered in the steps of Matching')}**")
        index.links()
        st.markdown(f"**{tr('Argued in the stops of Read')}**")
        index.argued("glossary")
        index.stops()


def _found(sought: str) -> None:
    """Draw the terms and the questions that ``sought`` is in: in the name, the meaning, the question or the answer."""
    st.markdown(f"**{tr('Terms')}**")
    found = [term for term in sorted(TERMS, key=_place) if _fits(term, sought)]
    _terms(sorted(found, key=lambda term: not _names(term, sought)))
    st.markdown(f"**{tr('Questions')}**")
    drawn = [facts(sought), index.links(sought), index.argued("glossary", sought), index.stops(sought)]
    if not any(drawn):
        st.markdown(tr("No question or answer has this in its words."))


def _terms(found: Sequence[Term]) -> None:
    """Draw terms, each with a link to the question that it answers."""
    if not found:
        st.markdown(tr("No term has this in its name or meaning."))
    for asked, terms in groupby(found, key=lambda term: term.why and term):
        st.markdown("\n\n".join(map(_told, terms)))
        if asked:
            index.answer(asked.why, asked.english)


def _place(term: Term) -> bytes:
    """Return what terms are sorted by: GBK has the common Chinese characters in the order of their pinyin."""
    name = term.english if language() == "en" else term.chinese
    return name.lower().encode("gbk")


def _fits(term: Term, sought: str) -> bool:
    return holds(sought, term.english, term.chinese, tr(term.meaning), term.also)


def _names(term: Term, sought: str) -> bool:
    """Return whether ``sought`` is the term itself, or one of its two words."""
    return sought.lower() in f"{term.english}, {term.chinese.replace('、', ', ')}".lower().split(", ")


def _told(term: Term) -> str:
    name = f"**{term.english}**"
    if language() != "en" and term.chinese != term.english:
        name = f"**{term.chinese}** ({term.english})"
    return f"{name}: {tr(term.meaning)}"
