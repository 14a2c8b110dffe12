"""Which tokens become one: the matching algorithms side by side on one cursor."""

import streamlit as st

from explorer.core import paper
from explorer.figures.compare import quality_and_time
from explorer.ui import cache, lab, lab_controls, lab_folder, lab_tables, stage
from tome.config import MergeConfig
from tome.matching import ALGORITHMS

DEFAULT = ("bipartite", "greedy", "optimal", "kmeans", "pitome", "agglomerative", "attention_prune", "random_prune")

choices = st.session_state["choices"]
st.title("Which tokens become one?")
st.markdown(
    "Bipartite matching is one way to choose; these are others, each removing the same *r* tokens in every block. "
    "Click a patch to see how similar every other patch is to it."
)
names = lab_controls.algorithms(DEFAULT)
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

st.subheader("Measured on this photo")
lab_tables.algorithms(trials, panels, panels[reference])
found = [(panel.title, trials.score(panel.config, panel.config)) for panel in panels]
marks = [(title, s.merging_ms, s.class_cosine) for title, s in found if s and s.class_cosine is not None]
chart, printed = st.columns([3, 2], gap="large")
with chart:
    st.subheader("Likeness to the plain run, and what matching costs")
    st.plotly_chart(
        quality_and_time(marks), key="quality", alt="Class cosine against milliseconds per layer, a mark each."
    )
with printed:
    st.subheader("The paper's Table 2")
    scores = {panel.config.algorithm: score for panel, (_, score) in zip(panels, found, strict=True)}
    lab_tables.table_2(lambda _, name: scores[name].class_cosine if scores.get(name) else None)
    st.caption(f"{paper.SETTING}. ✓ is the paper's default.")
with st.expander("What each does, and where it comes from"):
    for name in names:
        st.markdown(f"**{ALGORITHMS[name].label}** · {ALGORITHMS[name].note} *{ALGORITHMS[name].paper}*")
lab_folder.over_photos(model, choices, panels, reference)
