"""What is compared, and how: feature × metric, side by side on one cursor."""

import streamlit as st

from explorer.labs import folder, lab, panels, tables, verdicts
from explorer.locale.language import tr
from explorer.shell import rivals
from explorer.shell.language_choice import in_link
from explorer.shell.link import written
from explorer.shell.session import session

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("What makes two tokens similar?"))
    st.markdown(
        tr(
            "Token Merging compares the **keys** of the attention by their **cosine**. Here are the other choices of the paper's "
            "Table 1 on your photo. Click a patch to see how similar every other patch is to it."
        )
    )
    shown = lab.show(choices, panels.similarity(choices))
    other = "cow" if choices.sample != "cow" else "horses"
    st.page_link(
        "_pages/layers.py",
        label=tr("One patch against another photo: two photos at the end of Layers"),
        icon=":material/compare:",
        query_params={"beside": other} | written({"lang": in_link()}),
    )
    st.header(tr("Measured on this photo"))
    tables.scores(shown)
    st.header(tr("The paper's Table 1"))
    tables.table_1(shown)
    st.header(tr("Does the paper's order hold here?"))
    verdicts.on_one(shown, "feature", "metric", "combine", "partition")
    folder.over_photos(shown)
    rivals.elsewhere()
