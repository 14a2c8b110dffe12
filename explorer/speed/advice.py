"""For an engineer's own project: an r to try first with the accuracy that it cost, the memory, and the code to paste."""

from typing import Any, NamedTuple

import streamlit as st

from explorer.engine.hf import START
from explorer.engine.models import EMBEDDED
from explorer.locale.language import tr
from explorer.measuring.paste import benchmark_command, installation, merging_code
from explorer.measuring.printed import SOURCE, WITH, Printed, is_of, of_size
from explorer.shell.timing import Setup
from tome.schedule import R

__all__ = ["PEAKS", "Peak", "advice", "code", "memory"]


class Peak(NamedTuple):
    """Bytes of live tensors at most, weights aside, of vit_small_patch16_224 in batches of 8; from docs/results/data."""

    r: int
    plain: int
    merged: int


PEAKS = {"speed": Peak(16, 29_050_368, 24_684_512), "training": Peak(13, 568_049_576, 370_767_112)}
"""name of the CSV file → its row with the paper's algorithm"""


def advice(setup: Setup) -> None:
    """Say which r to try first, and why, from printed accuracies of models of this size."""
    rows = of_size(setup.backbone.model)
    if not rows:
        st.markdown(
            tr(
                "**Which r?** The authors print no accuracy for a model of this width and depth: they took r = 13 or 16 for "
                "12 layers, 7 or 8 for 24, and 7 for 32, at 224 px. Try the nearest, and judge by the accuracy on your own labelled photos."
            )
        )
        return
    rows.sort(key=lambda row: not is_of(row, setup.backbone.model))
    own = [row for row in rows if is_of(row, setup.backbone.model)]
    lost = "; ".join(_told(row, row in own) for row in rows)
    st.markdown(
        tr(
            "**Which r?** Try r = {r} first: the authors' own for {depth} layers of this width at 224 px. There it cost "
            "accuracy on ImageNet: {lost} ([their table]({source})). Your model may lose more or less: merge if its accuracy "
            "on your own labelled photos allows it, and if the time falls on your machine.",
            r=rows[0].r, depth=rows[0].depth, lost=lost, source=SOURCE,
        )
    )  # fmt: skip
    if not own:
        st.caption(
            tr(
                "None of these is known to be the checkpoint chosen here: the accuracy before merging tells, if you know yours."
            )
        )
    elif all(row.trained == WITH for row in own):
        st.markdown(
            tr(
                "The code below merges without training: off the shelf this model loses more, and how much is not printed."
            )
        )


def _told(row: Printed, own: bool) -> str:
    name = tr("{name} (this model)", name=row.name) if own else row.name
    return f"{name} {row.plain:.1f} → {row.merged:.1f} %, r = {row.r}, {tr(row.trained)}"


def memory(model: Any) -> str:
    """Return one sentence about the memory of ``model``: known for the width and depth of the measured one."""
    if (model.embed_dim, len(model.blocks)) != (384, 12):
        return tr("Memory: not measured for a model of this size.")
    forward, training = PEAKS.values()
    return tr(
        "Memory, measured on a CPU for ViT-S/16, a model of this width and depth, in batches of 8: at their peak, the tensors of a forward take {plain:.1f} → "
        "{merged:.1f} MB at r = {r}, those of a training step {train_plain:.0f} → {train_merged:.0f} MB at r = {train_r}, "
        "weights aside.",
        plain=forward.plain / 1e6, merged=forward.merged / 1e6, r=forward.r,
        train_plain=training.plain / 1e6, train_merged=training.merged / 1e6, train_r=training.r,
    )  # fmt: skip


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
