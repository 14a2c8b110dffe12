"""Merging against pruning at equal tokens: what is lost, and what content-dependent pruning costs."""

import streamlit as st

from explorer.ui import cache, lab, lab_batch, lab_controls, lab_folder, lab_tables, stage
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

METHODS = ("bipartite", "attention_prune", "random_prune", "dynamic_prune", "evit", "tofu")

choices = st.session_state["choices"]
st.title("Prune or merge?")
st.markdown(
    "Pruning drops tokens: the hatched holes are lost to every later block. Merging keeps what they held in the tokens "
    "that stay. Both leave the same number of tokens."
)
names = lab_controls.algorithms(("bipartite", "attention_prune", "random_prune"), METHODS)
panels = [lab.Panel(ALGORITHMS[name].label, MergeConfig(r=choices.r, algorithm=name)) for name in names]
if not lab_controls.fits(panels):
    st.stop()
reference = lab_controls.reference(panels, default=MergeConfig(r=choices.r))

model = stage.backbone(choices)
if model is None:
    st.stop()

view = stage.view(choices, model)
trials = lab.batch(model, choices, view, panels)
if not lab.draw(trials, panels, reference, cache.portrait(choices.picture.digest, view, choices.picture)):
    st.stop()
lab_tables.scores(trials, panels, panels[reference])
if {"dynamic_prune", "attention_prune"} <= set(names):
    st.caption("One photo alone loses exactly r under dynamic pruning, as under attention pruning; a batch does not.")

st.header("Several photos in one batch")
st.markdown(
    "Dynamic pruning lets a busy photo keep more tokens than a plain one, *r* fewer per block on average. A batch needs "
    "rows of one length, so the shorter ones are padded, and the padding is masked in every attention and computed all "
    "the same. Merging and pruning at a fixed *r* need neither."
)
batch = lab_batch.photos()
if model.model.cls_token is None:
    st.info("Dynamic pruning scores tokens by the class token, and this model has none.", icon=":material/token:")
    st.stop()
lab_batch.pruned(model, choices, batch)
lab_batch.throughput(model, choices, batch, ["bipartite", "attention_prune", "dynamic_prune"])

st.header("What is kept, over r")
lab_batch.information(model, choices, batch, ["bipartite", "attention_prune", "random_prune", "dynamic_prune"])
lab_folder.over_photos(model, choices, panels, reference)
