"""What is compared, and how: feature × metric, side by side on one cursor."""

from itertools import product

import streamlit as st

from explorer.core import paper
from explorer.ui import cache, lab, lab_controls, lab_folder, lab_tables, stage
from tome.config import MergeConfig

choices = st.session_state["choices"]
st.title("What makes two tokens similar?")
st.markdown(
    "Token Merging compares the **keys** of the attention by their **cosine**. Here are the other choices of the paper's "
    "Table 1 on your photo. Click a patch to see how similar every other patch is to it."
)
axes = lab_controls.similarity()
chosen = [dict(zip(axes, values, strict=True)) for values in product(*axes.values())]
varied = [name for name, values in axes.items() if len(values) > 1] or ["feature", "metric"]
panels = [
    lab.Panel(" · ".join(setting[name] for name in varied), MergeConfig(r=choices.r, **setting)) for setting in chosen
]
if not lab_controls.fits(panels):
    st.stop()
reference = lab_controls.reference(panels, default=MergeConfig(r=choices.r))

model = stage.backbone(choices)
if model is None:
    st.stop()

view = stage.view(choices, model)
portrait = cache.portrait(choices.picture.digest, view, choices.picture)
trials = lab.batch(model, choices, view, panels)
if not lab.draw(trials, panels, reference, portrait):
    st.stop()

here, printed = st.columns([3, 2], gap="large")
with here:
    st.subheader("Measured on this photo")
    lab_tables.scores(trials, panels, panels[reference])
with printed:
    st.subheader("The paper's Table 1")
    known = {panel.config: panel for panel in panels}

    def cosine(field: str, value: str) -> float | None:
        same = MergeConfig(r=choices.r, **{field: value})
        score = trials.score(same, same) if same in known else None
        return score and score.class_cosine

    lab_tables.table_1(cosine)
    st.caption(
        f"{paper.SETTING}. Without merging {paper.PLAIN[0]} % at {paper.PLAIN[1]} im/s. ✓ is the paper's default."
    )
lab_folder.over_photos(model, choices, panels, reference)
