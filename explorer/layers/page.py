"""One photo through a merging ViT, layer by layer."""

import streamlit as st

from explorer.layers import view
from explorer.locale.language import tr
from explorer.shell import stage
from explorer.shell.session import session

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("Watch a Vision Transformer merge its tokens"))
    st.markdown(
        tr(
            "Every patch is a **token** that costs time in every layer. After each attention, [Token "
            "Merging](https://arxiv.org/abs/2210.09461) merges the *r* most similar pairs: everything inside one "
            "outline is now a single token."
        )
    )

    model = stage.backbone(choices)
    if model is None:
        view.wait(choices)
        st.stop()
    session().shown = choices.query
    view.show(model, choices)
