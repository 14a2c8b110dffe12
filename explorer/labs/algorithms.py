"""Which tokens become one: the matching algorithms side by side on one cursor."""

import streamlit as st

from explorer.charts.series import quality_and_time
from explorer.labs import folder, lab, tables, verdicts
from explorer.labs import panels as lab_controls
from explorer.labs import times as lab_times
from explorer.locale.language import mark, retell, tr
from explorer.shell import rivals
from explorer.shell.session import session
from tome.matching import ALGORITHMS

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("Which tokens become one?"))
    st.markdown(
        tr(
            "Bipartite matching is one way to choose; these are others, each with the same *r*; those whose number varies with the photo say so below. "
            "Click a patch to see how similar every other patch is to it."
        )
    )
    panels = lab_controls.algorithms(choices)
    with st.expander(tr("What each does, and where it comes from")):
        for panel in panels:
            known = ALGORITHMS[panel.config.algorithm]
            st.markdown(f"**{retell(known.label)}** · {retell(known.note)} *{known.paper}*")
    shown = lab.show(choices, panels)
    st.header(tr("Measured on this photo"))
    tables.algorithms(shown, lambda times: _chart(shown, times))
    st.header(tr("The paper's Table 2"))
    tables.table_2(shown)
    st.header(tr("Does the paper's order hold here?"))
    verdicts.on_one(shown, "algorithm")
    folder.over_photos(shown)
    rivals.elsewhere()


def _chart(shown: lab.Lab, times: lab_times.Times) -> None:
    scores = [(panel, shown.score(panel.config), times.get(panel.config)) for panel in shown.panels]
    near = "class" if shown.model.model.cls_token is not None else "patch"
    marks = [
        (list(ALGORITHMS).index(panel.config.algorithm), panel.title, spent, getattr(score, f"{near}_cosine"))
        for panel, score, spent in scores
        if score and spent
    ]
    if not marks:
        st.caption(
            tr("No chart of times yet: a single run of each panel is not a measurement. Time the panels in turn first.")
        )
        return
    title = mark("Class cosine") if near == "class" else mark("Patch cosine")
    figure = quality_and_time(marks, title)
    st.plotly_chart(
        figure,
        key="quality",
        alt=tr("{title} against milliseconds per run, a labelled mark per algorithm.", title=tr(title)),
    )
    st.caption(tr("Bars are quartiles; algorithms with overlapping bars are tied in time."))
