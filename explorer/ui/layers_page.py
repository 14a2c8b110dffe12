"""One photo through a merging ViT, layer by layer."""

import streamlit as st

from explorer.ui import layers, stage
from explorer.ui.session import session

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title("Watch a Vision Transformer merge its tokens")
    st.markdown(
        "Every patch of the photo is a **token**, and every token costs time in every layer. "
        "[Token Merging](https://arxiv.org/abs/2210.09461) makes a trained model faster: after the attention of each block, "
        "the *r* most similar pairs of tokens become one. Drag the layer and watch: what one outline holds is one token by "
        "then. A token may lie in several places; point at it, or tap it, to see all of it."
    )

    model = stage.backbone(choices)
    if model is None:
        layers.wait(choices)
        st.stop()
    session().shown = choices.query
    layers.show(model, choices)
