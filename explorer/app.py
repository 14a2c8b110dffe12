"""The app's frame: `streamlit run explorer/app.py`."""

from pathlib import Path

import streamlit as st

from explorer.ui import controls, link, state

PAGES = Path(__file__).parents[1] / "pages"
STATIC = Path(__file__).with_name("static")

st.set_page_config("ToMe Explorer", page_icon=str(STATIC / "icon.png"), layout="wide")
st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "icon.png"))

page = st.navigation(
    [
        st.Page(PAGES / "layers.py", title="Layers", icon=":material/layers:", default=True,
                help="One photo through a merging ViT, block by block."),
        st.Page(PAGES / "matching.py", title="Matching", icon=":material/join_inner:",
                help="How one layer decides which tokens merge, step by step."),
        st.Page(PAGES / "read.py", title="Read", icon=":material/menu_book:",
                help="Why merge tokens, in ten short stops."),
        st.Page(PAGES / "similarity.py", title="Similarity", icon=":material/compare:",
                help="What is compared between two tokens, and how: side by side."),
        st.Page(PAGES / "algorithms.py", title="Algorithms", icon=":material/account_tree:",
                help="Matching algorithms side by side."),
        st.Page(PAGES / "prune_or_merge.py", title="Prune or merge", icon=":material/content_cut:",
                help="What is lost when tokens are dropped, and when they are merged."),
    ],
    position="top",
)  # fmt: skip
state.enter(page.url_path)
st.session_state["choices"] = controls.sidebar()
page.run()
link.watch()
