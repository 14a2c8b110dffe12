"""Merging against pruning at equal tokens: what is lost, and what content-dependent pruning costs."""

import streamlit as st

from explorer.labs import batch as lab_batch
from explorer.labs import folder, lab, panels, tables
from explorer.locale.language import tr
from explorer.shell import rivals
from explorer.shell.session import session

__all__ = ["page"]

METHODS = ("bipartite", "attention_prune", "random_prune", "dynamic_prune", "evit", "tofu")


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("Prune or merge?"))
    st.markdown(
        tr(
            "Pruning drops tokens: the hatched holes are lost to every later layer. Merging keeps their content in "
            "the remaining tokens. At the same *r* both leave the same number of tokens."
        )
    )
    shown = lab.show(choices, panels.algorithms(choices, METHODS, "methods"))
    st.header(tr("Measured on this photo"))
    tables.scores(shown)
    if {"dynamic_prune", "attention_prune"} <= {panel.config.algorithm for panel in shown.panels}:
        st.caption(
            tr("A single photo loses exactly r under dynamic pruning, as under attention pruning; a batch does not.")
        )

    st.header(tr("Several photos in one batch"))
    st.markdown(
        tr(
            "Dynamic pruning lets a busy photo keep more tokens than a plain one, *r* fewer per layer on average. A batch needs "
            "rows of one length, so the shorter ones are padded, and the padding is masked in every attention and computed all "
            "the same. Merging and pruning at a fixed *r* need neither. In this batch and in the measurements over r below, each photo is "
            "cut to its middle square, so that all begin with the same number of tokens."
        )
    )
    batch = lab_batch.photos()
    if shown.model.model.cls_token is None:
        st.info(
            tr("Dynamic pruning scores tokens by the class token, and this model has none."), icon=":material/token:"
        )
        st.stop()
    lab_batch.pruned(shown.model, choices, batch)
    chosen = [panel.config.algorithm for panel in shown.panels]
    methods = chosen + ["dynamic_prune"] * ("dynamic_prune" not in chosen)
    lab_batch.throughput(shown.model, choices, batch, methods)

    st.header(tr("What is kept, over r"))
    lab_batch.information(shown.model, choices, batch, methods)
    folder.over_photos(shown)
    rivals.elsewhere()
