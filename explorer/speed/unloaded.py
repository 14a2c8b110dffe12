"""The page Speed of a model whose weights cannot be loaded: what its shapes tell."""

import streamlit as st

from explorer.engine.hf import START
from explorer.engine.models import CURATED, EMBEDDED, outline
from explorer.locale.language import tr
from explorer.shell import cache
from explorer.shell.controls import Choices
from explorer.shell.embed import locked
from explorer.shell.model_control import OTHER
from explorer.shell.state import turn
from explorer.shell.timing import Setup
from explorer.speed.advice import advice
from explorer.speed.answer import merges
from explorer.speed.blocks import cost
from explorer.speed.code import code
from tome.config import MergeConfig

__all__ = ["unloaded"]


def unloaded(choices: Choices) -> None:
    """Draw GFLOPs and code of the chosen model, if it has failed to load and its shapes are known."""
    loading = cache.engine().known(choices.model)
    if not (loading and loading.error) or choices.model == EMBEDDED:
        return
    if choices.model.startswith(START):
        _listed(choices, loading.final)
        return
    shapes = outline(choices.model)
    if shapes is None:
        return
    st.markdown(
        tr(
            "**Without its weights** this page still has GFLOPs and code, below. What you lose can be told with trained weights "
            "only, such as those of {embedded}, which come with the app.",
            embedded=CURATED[EMBEDDED],
        )
    )
    _offer_random(choices.model)
    setup = Setup(shapes, choices, batch=1, with_paper=False)
    if merges(setup):
        st.markdown(f"**{_sentence(setup)}**")
        advice(setup)
        code(choices.model, setup.side, choices.r)
    st.header(tr("Inside the blocks"))
    st.caption(tr("Tokens and GFLOPs per layer at {caption}, computed from the shapes.", caption=choices.caption))
    cost(setup)


def _offer_random(key: str) -> None:
    if key.startswith("random:") or locked("model"):
        return
    name = key[5:].split(".")[0] if key.startswith("file:") else key
    st.markdown(tr("Its time needs no trained weights:"))
    st.button(
        tr("Time it with random weights"), icon=":material/casino:", on_click=turn,
        kwargs={"model": OTHER, "timm": name, "random": "true"},
    )  # fmt: skip


def _listed(choices: Choices, final: bool) -> None:
    """Draw the code of a model of transformers, of which only the id is known."""
    if final:
        return
    st.caption(
        tr(
            "Its shapes, and so its GFLOPs, are in files of the hub. The code below needs no more than its name. To measure, try "
            "again, or choose {embedded}, which comes with the app.",
            embedded=CURATED[EMBEDDED],
        )
    )
    code(choices.model, choices.side, choices.r)
    st.caption(
        tr("AutoModel loads ViT, DeiT and DINOv2. For CLIP write CLIPVisionModel, for SigLIP SiglipVisionModel.")
    )


def _sentence(setup: Setup) -> str:
    from tome.metrics.cost import gflops

    plain, merged = (
        gflops(setup.backbone.model, config, setup.side) for config in (None, MergeConfig(r=setup.choices.r))
    )
    return tr(
        "At {settings} you gain {ratio:.2f} × less compute ({plain:.2f} → {merged:.2f} GFLOPs). What you lose "
        "cannot be told without trained weights; the time can be measured with random ones.",
        settings=setup.choices.caption, ratio=plain / merged, plain=plain, merged=merged,
    )  # fmt: skip
