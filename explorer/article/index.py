"""The index of the questions that Matching answers, for the article and the glossary."""

import streamlit as st

from explorer.article import scroll
from explorer.article.stops import STOPS
from explorer.locale.language import mark, tr
from explorer.shell import state
from explorer.shell.language_choice import in_link
from explorer.shell.link import written
from explorer.shell.session import session

__all__ = ["answer", "links", "questions", "stops"]

QUESTIONS = {
    1: (mark("Why keys?"), mark("Why cosine?"), mark("What does the class token do?")),
    2: (mark("Why every second token?"),),
    3: (mark("Why not k-means?"),),
    4: (mark("Why at most half?"), mark("Why a little in every layer?")),
    5: (mark("Why weigh the mean by size?"), mark("Why proportional attention?")),
    6: (mark("Why change the order?"),),
}
"""step of Matching → the question that it answers first"""


def questions() -> None:
    """Draw the index of all questions at the end of the article, folded."""
    with st.expander(tr("All questions, and where they are answered")):
        links()


def links() -> None:
    """Draw all questions that Matching answers, each with a link to its step."""
    for asked in QUESTIONS.values():
        for question in asked:
            answer(question, "questions")


def answer(question: str, place: str) -> None:
    """Draw the link to the step of Matching that answers ``question``; ``place`` tells equal links apart."""
    step = next(step for step, asked in QUESTIONS.items() if question in asked)
    _link("matching", tr(question), f"{place} {question}", step=str(step), mode="explore")


def stops() -> None:
    """Draw the stops of the article, each with a link to it."""
    for number, stop in enumerate(STOPS, 1):
        _link("read", f"{number}. {tr(stop.title)}", f"stop {number}", stop=str(number))


def _link(page: str, label: str, key: str, **query: str) -> None:
    """Draw a link; on its own page, which no link could reach anew, a button that goes there."""
    if page != session().page:
        st.page_link(f"_pages/{page}.py", label=label, query_params=query | written({"lang": in_link()}))
    elif st.button(label, key=f"go {key}", type="tertiary"):
        state.turn(glossary="false", **query)
        scroll.leap()
        st.rerun()
