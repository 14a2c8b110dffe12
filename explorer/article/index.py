"""The index of the questions that Matching answers, for the article and the glossary."""

import streamlit as st

from explorer.article import scroll
from explorer.article.facts import facts, holds
from explorer.article.stops import STOPS, Stop
from explorer.locale.language import mark, tr
from explorer.shell import state
from explorer.shell.language_choice import in_link
from explorer.shell.link import written
from explorer.shell.session import session

__all__ = ["answer", "argued", "links", "questions", "stops"]

QUESTIONS = {
    "key": (1, mark("Why keys?")),
    "cosine": (1, mark("Why cosine?")),
    "prefix": (1, mark("What does the class token do?")),
    "alternate": (2, mark("Why every second token?")),
    "clustering": (3, mark("Why not k-means?")),
    "half": (4, mark("Why at most half?")),
    "gradual": (4, mark("Why a little in every layer?")),
    "weighted": (5, mark("Why weigh the mean by size?")),
    "proportional": (5, mark("Why proportional attention?")),
    "order": (6, mark("Why change the order?")),
}
"""name of an answer in lesson/answers.js → the first step of Matching with it, and its question"""


ARGUED = {
    mark("What does pruning lose?"): 3,
    mark("Why merge instead of pruning, and does it need training?"): 4,
    mark("Why between attention and MLP?"): 5,
    mark("Does a batch of photos stay one tensor?"): 8,
    mark("What does a larger r save, and what does it cost?"): 9,
}
"""question → the stop of Read that answers it"""


def questions() -> None:
    """Draw the index of all questions at the end of the article, folded."""
    with st.expander(tr("All questions, and where they are answered")):
        links()
        argued("index")
        facts()


def links(sought: str = "") -> int:
    """Draw the questions that Matching answers, each with a link to its step; return their number.

    Only those that have every word of ``sought``.
    """
    asked = [question for _, question in QUESTIONS.values()]
    found = [each for each in asked if holds(sought, tr(each))]
    for question in found:
        answer(question, "questions")
    return len(found)


def answer(question: str, place: str) -> None:
    """Draw the link to the answer to ``question`` in Matching; ``place`` tells equal links apart."""
    name, step = next((name, step) for name, (step, asked) in QUESTIONS.items() if asked == question)
    _link("matching", tr(question), f"{place} {question}", step=str(step), why=name)


def argued(place: str, sought: str = "") -> int:
    """Draw the questions that the article answers, each with a link to its stop; return their number.

    ``place`` tells equal links apart.  Only those that have every word of ``sought``, in the question or the stop's text.
    """
    found = [each for each in ARGUED.items() if holds(sought, tr(each[0]), _said(STOPS[each[1] - 1]))]
    for question, number in found:
        _link("read", tr(question), f"{place} {question}", stop=str(number))
    return len(found)


def stops(sought: str = "") -> int:
    """Draw the stops of the article, each with a link to it, those that have every word of ``sought``; return their number."""
    found = [each for each in enumerate(STOPS, 1) if holds(sought, _said(each[1]))]
    for number, stop in found:
        _link("read", f"{number}. {tr(stop.title)}", f"stop {number}", stop=str(number))
    return len(found)


def _said(stop: Stop) -> str:
    return f"{tr(stop.title)} {tr(stop.text)} {tr(stop.source)}"


def _link(page: str, label: str, key: str, **query: str) -> None:
    """Draw a link; on its own page, which no link could reach anew, a button that goes there."""
    if page != session().page:
        st.page_link(f"_pages/{page}.py", label=label, query_params=query | written({"lang": in_link()}))
    elif st.button(label, key=f"go {key}", type="tertiary"):
        state.turn(glossary="false", **query)
        scroll.leap()
        st.rerun()
