"""One photo through a merging ViT, layer by layer."""

from hashlib import sha256

import streamlit as st

from explorer.ui import cache, figures, run, stage, viewer
from tome.config import MergeConfig

choices = st.session_state["choices"]
st.title("Watch a Vision Transformer merge its tokens")
st.markdown(
    "Every patch of the photo is a **token**, and every token costs time in every layer. "
    "[Token Merging](https://arxiv.org/abs/2210.09461) makes a trained model faster: after the attention of each block, "
    "the *r* most similar pairs of tokens become one. Drag the layer and watch: what one outline holds is one token by "
    "then. A token may lie in several places; hover to see all of it."
)


def draw(shown: dict) -> None:
    """The photo with its cursor, and its figures as far as they are there."""
    picture, beside = st.columns([3, 1], gap="large")
    with picture:
        viewer.show([shown["story"]], shown["identity"])
    if "merged" not in shown:
        return
    with beside:
        slot = st.empty()
        if "plain" not in shown:
            with slot.container():
                figures.cost(shown["merged"])
            shown["plain"] = shown["run"](MergeConfig(r=0))
        plain = shown["plain"]
        with slot.container():
            figures.cost(shown["merged"], plain, class_cosine(plain, shown["merged"]))
        figures.speed(shown["time"])
        viewer.save_page(shown["story"], shown["digest"])
    figures.classes(plain, shown["merged"])
    figures.layer_table(plain, shown["merged"])


model = stage.backbone(choices)
if model is None:
    if not choices.is_stored:
        st.caption("This is the view from before; yours follows as soon as its model is there.")
    shown = st.session_state.get("shown") or {"story": cache.stored_story(), "identity": "stored"}
    if "merged" in shown:
        from explorer.core.forward import class_cosine  # brings torch, which has been here since the first run
    draw(shown)
    st.stop()

from explorer.core.forward import class_cosine  # noqa: E402 — as above
from explorer.core.story import tell  # noqa: E402

view = stage.view(choices, model)
config = MergeConfig(r=choices.r)
merged = run.outcome(model, choices.picture, view, config)
portrait = cache.portrait(choices.picture.digest, view, choices.picture)
identity = f"{model.key} {choices.picture.digest} {view} {config.key}"
if st.session_state.get("shown", {}).get("identity") != identity:
    st.session_state["shown"] = {
        "story": tell(portrait, merged.trace, f"{model.label} · {choices.side} px · {choices.caption}"),
        "identity": identity,
        "digest": sha256(identity.encode()).hexdigest(),
        "merged": merged,
        "run": lambda config: run.outcome(model, choices.picture, view, config),
        "time": lambda asked: run.timing(model, choices.picture, view, config, asked),
    }
draw(st.session_state["shown"])
