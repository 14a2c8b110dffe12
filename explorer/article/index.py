"""The index of the questions that Matching answers, for the article and the glossary."""

import streamlit as st

from explorer.article.stops import STOPS
from explorer.locale.language import language, mark, tr
from explorer.shell.link import written

__all__ = ["links", "questions", "stops"]

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
    for step, asked in QUESTIONS.items():
        for question in asked:
            _link("matching", tr(question), step=str(step), mode="explore")


def stops() -> None:
    """Draw the stops of the article, each with a link to it."""
    for number, stop in enumerate(STOPS, 1):
        _link("read", f"{number}. {tr(stop.title)}", stop=str(number))


def _link(page: str, label: str, **query: str) -> None:
    st.page_link(f"_pages/{page}.py", label=label, query_params=query | written({"lang": language()}))
