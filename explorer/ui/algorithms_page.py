"""Which tokens become one: the matching algorithms side by side on one cursor."""

import streamlit as st

from explorer.figures.compare import quality_and_time
from explorer.ui import lab, lab_controls, lab_folder, lab_order, lab_tables
from explorer.ui.session import session
from tome.matching import ALGORITHMS

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title("Which tokens become one?")
    st.markdown(
        "Bipartite matching is one way to choose; these are others, each removing the same *r* tokens in every layer. "
        "Click a patch to see how similar every other patch is to it."
    )
    panels = lab_controls.algorithms(choices.r)
    with st.expander("What each does, and where it comes from"):
        for panel in panels:
            known = ALGORITHMS[panel.config.algorithm]
            st.markdown(f"**{known.label}** · {known.note} *{known.paper}*")
    shown = lab.show(choices, panels)
    st.subheader("Measured on this photo")
    lab_tables.algorithms(shown)
    chart, printed = st.columns([4, 5], gap="large")
    with chart:
        _chart(shown)
    with printed:
        st.subheader("The paper's Table 2")
        lab_tables.table_2(shown)
        lab_order.on_one(shown)
    lab_folder.over_photos(shown)


def _chart(shown: lab.Lab) -> None:
    st.subheader("Likeness to the plain run, and what matching costs")
    near = "class" if shown.model.model.cls_token is not None else "patch"
    scores = [(panel, shown.score(panel.config)) for panel in shown.panels]
    marks = [
        (
            list(ALGORITHMS).index(panel.config.algorithm),
            panel.title,
            score.merging_ms,
            getattr(score, f"{near}_cosine"),
        )
        for panel, score in scores
        if score
    ]
    title = f"{near.title()} cosine"
    st.plotly_chart(
        quality_and_time(marks, title), key="quality", alt=f"{title} against milliseconds per layer, a mark each."
    )
