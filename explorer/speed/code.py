"""The code of an engineer's own project, on the page."""

import streamlit as st

from explorer.engine.hf import START
from explorer.engine.hf_weights import vision_class
from explorer.engine.models import EMBEDDED
from explorer.locale.language import tr
from explorer.shell.timing import Setup
from explorer.speed.paste import benchmark_command, merging_code

__all__ = ["code"]


def code(setup: Setup) -> None:
    """Draw the code that installs, merges and measures the chosen model."""
    key, side, r = setup.backbone.key, setup.side, setup.choices.r
    st.markdown(tr("**The code to paste**"))
    listed, model = key.startswith(START), setup.backbone.model
    package = "'.[hf]'" if listed else "."
    st.code(
        f"pip install {package}  # {tr('in your copy of the repository of this app; brings torch and timm')}",
        language=None,
        wrap_lines=True,
    )
    st.code(merging_code(key, side, r, vision_class(model) if listed else ""), language=None, wrap_lines=True)
    if listed:  # the benchmark command knows timm's models only
        return
    st.markdown(tr("On your own GPU, plain and merged in turn:"))
    st.code(benchmark_command(key, side, r), language=None, wrap_lines=True)
    if key == EMBEDDED:
        st.caption(tr("The embedded weights are DINOv2 ViT-S/14 as packaged with this app; timm fetches Meta's own."))
