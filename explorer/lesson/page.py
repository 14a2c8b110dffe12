"""How one layer decides which tokens merge, one step at a time."""

import streamlit as st

from explorer.lesson import view
from explorer.locale.language import tr
from explorer.shell import stage
from explorer.shell.session import session

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("Bipartite soft matching, one step at a time"))
    lesson_place = st.container()
    st.markdown(
        tr(
            "Inside each block, between attention and MLP, Token Merging decides which tokens become one. These are the steps of "
            "that decision (section 3 of the [paper](https://arxiv.org/abs/2210.09461)) on your photo. Merging tokens that are "
            "alike makes all later blocks cheaper, and no part of the photo is dropped: what differs within a token is lost. No training is needed."
        )
    )
    st.page_link("_pages/read.py", label=tr("Why merge at all? Ten short stops"), icon=":material/menu_book:")
    st.caption(
        tr(
            "The lesson takes photos. In a clip, a sound or a text the steps are the same, on the tokens of all frames, on steps "
            "of 20 ms or on words; their pages show which tokens join in each layer."
        )
    )
    st.header(tr("Playground: the same with points"))
    st.markdown(
        tr(
            "Drag the points. A point's direction from the middle is its key, so the cosine of two is what you see: near 1 where "
            "they point the same way, −1 where they point apart. Discs are A, squares are B; all six methods see the same points."
        )
    )
    view.playground()

    with lesson_place:
        model = stage.backbone(choices)
        if model is not None:
            view.taught(choices, model)
