"""Merging while training: a small run to watch, a ViT's training step timed, and MAE."""

import streamlit as st

from explorer.engine.hf import START
from explorer.engine.models import Backbone, outline
from explorer.locale.language import mark, tr
from explorer.measuring import paper
from explorer.measuring.paste import benchmark_command, training_code
from explorer.shell import cache, stage
from explorer.shell.controls import Choices
from explorer.shell.session import session
from explorer.shell.table import table
from explorer.shell.text import literal
from explorer.shell.timing import Setup
from explorer.training.lessons import lessons
from explorer.training.mae import mae_masking, mae_pooling
from explorer.training.step import step_time

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    choices = session().choices
    st.title(tr("Merging while training"))
    st.markdown(
        tr(
            "A merge passes gradients like any mean, so a model can be trained with it. Two models learn scikit-learn's digits "
            "below, from the same weights and on the same batches: one plain, one merging."
        )
    )
    model = stage.backbone(choices)
    if model is None:
        loading = cache.engine().known(choices.model)
        failed = loading and loading.error and not choices.model.startswith(START)
        if failed and (shapes := outline(choices.model)):
            _own(choices, shapes)
        st.stop()
    lessons(model)

    st.header(tr("Time of a training step"))
    st.markdown(
        tr(
            "Forward, backward and an AdamW step of {label} on four photos, plain and merged in turn.",
            label=literal(model.label),
        )
    )
    step_time(choices, model)
    _own(choices, model)
    _mae(choices)


def _own(choices: Choices, model: Backbone) -> None:
    side = Setup(model, choices, 1, False).side
    st.markdown(tr("**In your own training script**"))
    st.code(training_code(model.key, side, choices.r), language=None, wrap_lines=True)
    if model.key.startswith(START):
        st.caption(
            tr(
                "The command that times a training step on your own GPU knows timm's models only; the code above runs on any device."
            )
        )
        return
    st.markdown(tr("A training step on your own GPU, plain and merged in turn:"))
    st.code(f"{benchmark_command(model.key, side, choices.r)} --train", language=None, wrap_lines=True)


def _mae(choices: Choices) -> None:
    st.header(tr("MAE: pruning while training"))
    st.markdown(
        tr(
            "A masked autoencoder drops 75 % of the patches at random in every step of its pre-training "
            "([arXiv 2111.06377](https://arxiv.org/abs/2111.06377)): the encoder runs on the rest, and a small decoder rebuilds "
            "what is missing. That is **random pruning before the first block**, for training only. In fine-tuning and inference it sees every "
            "patch, and there merging can help."
        )
    )
    mae_masking(choices)
    st.subheader(tr("Merging in an MAE ViT"))
    st.markdown(
        tr(
            "Such a model ends in the mean over patches. A merged token stands for several, so it counts by its size. "
            "Proportional attention is off for MAE in the paper, on for others."
        )
    )
    table(
        [
            {mark("Weights"): tr(row.part), mark("Proportional attention"): tr(row.choice) + (" ✓" if row.default else ""),
             mark("Accuracy, %"): row.accuracy, mark("Images per second"): row.images_per_second}
            for row in paper.TABLE_1F
        ],
    )  # fmt: skip
    st.caption(tr("Table 1 f of the paper: ViT-L/16, r = 8, off the shelf, V100. ✓ is its default for these weights."))
    mae_pooling(choices)
