"""One photo through a merging ViT, layer by layer."""

import streamlit as st

from explorer.ui import cache, figures, run, stage, viewer
from tome.config import MergeConfig

choices = st.session_state["choices"]
st.title("Watch a Vision Transformer merge its tokens")
st.markdown(
    "Every patch of the photo is a **token**. After the attention of each block, the *r* most similar pairs of tokens "
    "become one. Drag the layer: each outlined region is **one** token by then."
)

model = stage.backbone(choices)
picture, beside = st.columns([3, 1], gap="large")
if model is None:
    shown = st.session_state.get("shown")
    with picture:
        viewer.show([shown["story"] if shown else cache.stored_story()], shown["identity"] if shown else "stored")
        if not choices.is_stored:
            st.caption("This is the view from before; yours follows as soon as the model is there.")
    st.stop()

from explorer.core.forward import class_cosine  # noqa: E402 — brings torch, which is here by now
from explorer.core.story import tell  # noqa: E402

view = stage.view(choices, model)
config = MergeConfig(r=choices.r)
with picture:
    merged = run.outcome(model, choices.picture, view, config)
    portrait = cache.portrait(choices.picture.digest, view, choices.picture)
    story = tell(portrait, merged.trace, f"{model.label} · {choices.side} px · r = {choices.r}")
    identity = f"{model.key} {choices.picture.digest} {view} {config.key}"
    st.session_state["shown"] = {"story": story, "identity": identity}
    viewer.show([story], identity)
with beside:
    plain = run.outcome(model, choices.picture, view, MergeConfig(r=0))
    figures.cost(plain, merged, class_cosine(plain, merged))
    figures.classes(plain, merged)
with st.expander("Every layer in numbers"):
    figures.layer_table(plain, merged)
