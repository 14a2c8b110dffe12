"""What merging buys: throughput and likeness, measured on the machine that runs this app."""

import streamlit as st

from explorer.core.language import tr
from explorer.ui import speed, stage
from explorer.ui.session import session
from explorer.ui.speed_algorithms import algorithms
from explorer.ui.speed_answer import answer
from explorer.ui.speed_blocks import block_parts, cost
from explorer.ui.speed_labelled import labelled
from explorer.ui.speed_rates import over_r

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("What does merging buy?"))
    st.markdown(
        tr(
            "Fewer tokens are fewer multiply-adds; how much of that becomes time depends on the machine. Stored examples stand "
            "here first; your own measurements run on the machine that serves this page, unmerged and merged in turn."
        )
    )
    model = stage.backbone(choices)
    if model is None:
        st.stop()
    setup = speed.setup(choices, model)
    answer(setup)
    labelled(setup)

    st.header(tr("Over r"))
    over_r(setup)

    st.header(tr("Every algorithm"))
    algorithms(setup)

    st.header(tr("Inside the blocks"))
    st.caption(tr("Tokens and GFLOPs per layer at {caption}, computed from the shapes.", caption=choices.caption))
    cost(setup)
    block_parts(setup)
