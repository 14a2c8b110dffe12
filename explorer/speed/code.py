"""The code of an engineer's own project, on the page."""

import streamlit as st

from explorer.engine.hf import START
from explorer.engine.models import EMBEDDED
from explorer.locale.language import tr
from explorer.measuring.paste import benchmark_command, installation, merging_code
from tome.schedule import R

__all__ = ["code"]


def code(key: str, side: int, r: R, kind: str = "AutoModel") -> None:
    """Draw the code that installs, merges and measures the model ``key``.

    ``kind`` is the class of transformers for loading one of its models.
    """
    st.markdown(tr("**The code to paste**"))
    st.code(merging_code(key, side, r, kind), language=None, wrap_lines=True)
    listed = key.startswith(START)
    if not listed:  # the benchmark command knows timm's models only
        _benchmark(key, side, r)
    st.markdown(tr("The library that it needs:"))
    st.code(installation("hf" if listed else ""), language=None, wrap_lines=True)


def _benchmark(key: str, side: int, r: R) -> None:
    st.markdown(tr("On your own GPU, plain and merged in turn:"))
    st.code(benchmark_command(key, side, r), language=None, wrap_lines=True)
    st.caption(
        tr(
            "It also takes `--weights FILE` (your own), `--train` (a training step), several values after `--r`, `--batch` and "
            "`--image-size`, and `--csv FILE` (a table to which results are added)."
        )
    )
    if key == EMBEDDED:
        st.caption(tr("The embedded weights are DINOv2 ViT-S/14 as packaged with this app; timm fetches Meta's own."))
