"""All questions that Matching answers, for the end of the article."""

import streamlit as st

__all__ = ["questions"]

QUESTIONS = {
    1: ("Why keys?", "Why cosine?", "What does the class token do?"),
    2: ("Why every second token?", "What does the class token do?"),
    3: ("Why not k-means?",),
    4: ("Why at most half?", "Why a little in every layer?"),
    5: ("Why weigh the mean by size?", "Why proportional attention?"),
    6: ("Why change the order?",),
}
"""step of Matching → what it answers"""


def questions() -> None:
    """Draw the index of all questions that Matching answers, each with a link to its step."""
    with st.expander("All questions, and where they are answered"):
        for step, asked in QUESTIONS.items():
            st.page_link(
                "_pages/matching.py", label=" · ".join(asked), query_params={"step": str(step), "mode": "explore"}
            )
