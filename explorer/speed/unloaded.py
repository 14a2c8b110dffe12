"""The page Speed of a model whose weights cannot be loaded: what its shapes tell, and ways to the rest."""

import streamlit as st

from explorer.engine.engine import Loading
from explorer.engine.hf import START
from explorer.engine.models import CURATED, EMBEDDED, outline
from explorer.locale.language import in_row, retell, tr
from explorer.locale.numbers import filled
from explorer.shell import cache
from explorer.shell.controls import Choices
from explorer.shell.embed import locked
from explorer.shell.model_control import OTHER
from explorer.shell.state import turn
from explorer.shell.text import literal
from explorer.shell.timing import Setup
from explorer.speed.advice import advice, code, memory
from explorer.speed.answer import merges
from explorer.speed.blocks import cost
from tome.config import MergeConfig

__all__ = ["unloaded"]


def unloaded(choices: Choices) -> bool:
    """Draw GFLOPs, tokens and code of the chosen model, if it has failed to load and they are known without weights.

    Returns whether it has: other failures are the stage's to tell.
    """
    loading = cache.engine().known(choices.model)
    if not (loading and loading.error) or choices.model == EMBEDDED:
        return False
    if choices.model.startswith(START):
        return not loading.final and _listed(choices, loading)
    shapes = outline(choices.model)
    if shapes is None:
        return False
    _say(loading, tr("GFLOPs, tokens and code need no weights: they are below. Accuracy and likeness need them."))
    setup = Setup(shapes, choices, batch=1, with_paper=False)
    if merges(setup):
        _figures(setup)
        advice(setup)
        st.caption(memory(shapes.model))
        code(choices.model, setup.side, choices.r)
    _ways(choices.model, loading)
    st.header(tr("Inside the blocks"))
    st.caption(tr("Tokens and GFLOPs per layer at {caption}, computed from the shapes.", caption=choices.caption))
    cost(setup)
    return True


def _say(loading: Loading, rest: str) -> None:
    st.warning(in_row([literal(retell(loading.error)), rest]), icon=":material/cloud_off:")


def _figures(setup: Setup) -> None:
    from tome.metrics.cost import gflops, shape_of
    from tome.schedule import token_counts

    model, r, side = setup.backbone.model, setup.choices.r, setup.side
    plain, merged = (gflops(model, config, side) for config in (None, MergeConfig(r=r)))
    shape = shape_of(model, side)
    last = token_counts(r, len(shape.blocks), shape.tokens, shape.prefix)[-1]
    st.markdown(
        tr("**{model} at {settings}**, images of {side} px", model=literal(setup.backbone.label), settings=setup.choices.caption, side=str(side))
    )  # fmt: skip
    with st.container(horizontal=True, gap="medium"):
        st.metric(tr("GFLOPs per image"), filled("{:.2f} → {:.2f}", plain, merged), width="content")
        st.metric(tr("Less compute"), f"{plain / merged:.2f} ×", width="content")
        st.metric(tr("Tokens, first to last layer"), filled("{} → {}", shape.tokens, last), width="content")


def _ways(key: str, loading: Loading) -> None:
    """Offer what would show the rest: a second try, random weights, a checkpoint, the embedded model."""
    st.markdown(tr("**To measure it here**"))
    with st.container(horizontal=True):
        if not (key.startswith("random:") or locked("model")):
            st.button(
                tr("Open it with random weights"), icon=":material/casino:", on_click=turn,
                kwargs={"model": OTHER, "timm": _timm(key), "random": "true"},
                help=tr("They take the same time as trained ones: measure it under *Over r* then."),
            )  # fmt: skip
        if not loading.final:
            st.button(tr("Try again"), icon=":material/refresh:", on_click=cache.engine().forget, args=(key,))
    st.caption(
        tr(
            "Or put its weights as `{name}.safetensors` into a folder, and start the app with "
            "`TOME_EXPLORER_CHECKPOINTS` naming it. What merging loses shows at once with {embedded}, which comes with the app.",
            name=_timm(key), embedded=CURATED[EMBEDDED],
        )
    )  # fmt: skip


def _timm(key: str) -> str:
    """Return timm's name of the model ``key``."""
    return key[5:].split(".")[0] if key.startswith("file:") else key.removeprefix("random:")


def _listed(choices: Choices, loading: Loading) -> bool:
    """Draw the code of a model of transformers, of which only the id is known."""
    _say(loading, tr("Its code needs no weights: it is below. Its shapes, and so its GFLOPs, are in files of the hub."))
    code(choices.model, choices.side, choices.r)
    st.caption(
        tr("AutoModel loads ViT, DeiT and DINOv2. For CLIP write CLIPVisionModel, for SigLIP SiglipVisionModel.")
    )
    st.markdown(tr("**To measure it here**"))
    st.button(tr("Try again"), icon=":material/refresh:", on_click=cache.engine().forget, args=(choices.model,))
    st.caption(tr("Or choose {embedded}, which comes with the app.", embedded=CURATED[EMBEDDED]))
    return True
