"""The gain from merging: throughput and likeness, measured on the app's machine."""

import streamlit as st

from explorer.locale.language import tr
from explorer.shell import stage, timing
from explorer.shell.session import session
from explorer.speed.algorithms import algorithms
from explorer.speed.answer import answer
from explorer.speed.blocks import block_parts, cost
from explorer.speed.labelled_view import labelled
from explorer.speed.rates import over_r
from explorer.speed.unloaded import unloaded

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("What does merging buy?"))
    st.markdown(tr("Fewer tokens are fewer multiply-adds; how much of that becomes time depends on the machine."))
    if unloaded(choices):
        st.stop()
    model = stage.backbone(choices)
    if model is None:
        st.stop()
    st.caption(
        tr(
            "Stored examples are shown first; your own measurements run on the machine that serves this page, unmerged and "
            "merged in turn."
        )
    )
    stage.say_of_paper(choices.model)
    setup = timing.setup(choices, model)
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
