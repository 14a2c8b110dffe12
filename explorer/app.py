"""The app's frame: `streamlit run explorer/app.py`."""

from pathlib import Path

import streamlit as st

from explorer.ui import controls, state

PAGES = Path(__file__).parents[1] / "pages"

st.set_page_config("ToMe Explorer", page_icon=str(Path(__file__).with_name("static") / "icon.png"), layout="wide")

page = st.navigation(
    [
        st.Page(PAGES / "layers.py", title="Layers", icon=":material/layers:", default=True,
                help="One photo through a merging ViT, block by block."),
        st.Page(PAGES / "matching.py", title="Matching", icon=":material/join_inner:",
                help="How one layer decides which tokens merge, step by step."),
    ],
    position="top",
)  # fmt: skip
state.enter(page.url_path)
st.session_state["choices"] = controls.sidebar()
page.run()
