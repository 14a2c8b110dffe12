"""What merging buys: throughput and likeness, measured on the machine that runs this app."""

import streamlit as st

from explorer.ui import speed, stage

choices = st.session_state["choices"]
st.title("What does merging buy?")
st.markdown(
    "Fewer tokens are fewer multiply-adds; how much of that becomes time depends on the machine. These measurements run "
    "on the one that serves this page: plain and merged in turn, median and quartiles."
)
model = stage.backbone(choices)
if model is None:
    st.stop()
setup = speed.setup(choices, model)

st.header("Over r")
speed.over_r(setup)

st.header("Every algorithm")
speed.algorithms(setup)

st.header("Inside the blocks")
st.caption(f"Tokens and GFLOPs per layer at {choices.caption}, computed from the shapes.")
speed.cost(setup, choices.r)
speed.block_parts(setup)
