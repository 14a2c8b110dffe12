"""All questions that Matching answers, for the end of the article."""

import streamlit as st

from explorer.locale.language import language, mark, tr
from explorer.shell.link import written

__all__ = ["questions"]

QUESTIONS = {
    1: (mark("Why keys?"), mark("Why cosine?"), mark("What does the class token do?")),
    2: (mark("Why every second token?"), mark("What does the class token do?")),
    3: (mark("Why not k-means?"),),
    4: (mark("Why at most half?"), mark("Why a little in every layer?")),
    5: (mark("Why weigh the mean by size?"), mark("Why proportional attention?")),
    6: (mark("Why change the order?"),),
}
"""step of Matching → what it answers"""


def questions() -> None:
    """Draw the index of all questions that Matching answers, each with a link to its step."""
    with st.expander(tr("All questions, and where they are answered")):
        for step, asked in QUESTIONS.items():
            st.page_link(
                "_pages/matching.py",
                label=" · ".join(map(tr, asked)),
                query_params={"step": str(step), "mode": "explore"} | written({"lang": language()}),
            )
