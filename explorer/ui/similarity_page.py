"""What is compared, and how: feature × metric, side by side on one cursor."""

import streamlit as st

from explorer.core.language import tr
from explorer.ui import lab, lab_controls, lab_folder, lab_order, lab_tables, media_rivals
from explorer.ui.session import session

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
    shown = lab.show(choices, lab_controls.similarity(choices.r))
    st.header(tr("Measured on this photo"))
    lab_tables.scores(shown)
    printed, order = st.columns([3, 2], gap="large")
    with printed:
        st.header(tr("The paper's Table 1"))
        lab_tables.table_1(shown)
    with order:
        st.header(tr("Does this photo agree?"))
        lab_order.on_one(shown)
    lab_folder.over_photos(shown)
    media_rivals.elsewhere()
