"""MAE's masking in pre-training, and pooling of a merged MAE ViT."""

import numpy as np
import streamlit as st

from explorer.engine.models import Backbone
from explorer.locale.language import mark, retell, tr
from explorer.media.views import crop_and_resize, fit
from explorer.shell import cache, timing
from explorer.shell.controls import Choices
from explorer.shell.fragment import fragment
from explorer.shell.state import from_link, to_link
from explorer.shell.table import table

__all__ = ["mae_masking", "mae_pooling", "mask"]

MAE = "vit_base_patch16_224.mae"
KEPT = 0.25
"""share of visible patches in every step of pre-training: 75 % are dropped"""


def mae_masking(choices: Choices) -> None:
    """Draw the visible patches of the photo in one step of MAE's pre-training."""
    draw = st.slider(tr("Random mask no."), 1, 20, key=from_link("draw"), help=tr("Each step draws another quarter."))
    to_link(draw=draw)
    view = fit(choices.picture, 16, 14 * 14, "square", choices.offset)
    image = crop_and_resize(choices.picture, view)
    seen = mask(view.rows, view.cols, draw)
    shown = np.where(seen.repeat(16, 0).repeat(16, 1)[..., None], image, np.uint8(138))
    whole, left = st.columns(2)
    whole.image(image, tr("All 196 patches: fine-tuning and inference"), width="stretch", alt=tr("The photo, whole."))
    left.image(
        shown,
        tr(
            "The {count} patches ({share:.0%}) that the encoder sees in one step of pre-training",
            count=seen.sum(),
            share=KEPT,
        ),
        width="stretch",
        alt=tr("The photo with three quarters of its patches grey."),
    )


def mask(rows: int, columns: int, seed: int) -> np.ndarray:
    """Return the visible patches of one pre-training step (He et al., arXiv 2111.06377): bool [rows, columns], a random quarter."""
    patches = rows * columns
    seen = np.zeros(patches, bool)
    seen[np.random.default_rng(seed).permutation(patches)[: int(KEPT * patches)]] = True
    return seen.reshape(rows, columns)


def mae_pooling(choices: Choices) -> None:
    """Draw the mean over patches of a merged MAE ViT: weighted by size or not, with proportional attention or not."""
    if not st.toggle(
        tr("Load MAE ViT-B/16"), key=from_link("mae"), help=tr("86 million weights; runs about a second.")
    ):
        to_link(mae=False)
        return
    to_link(mae=True)
    backbone = _mae()
    if backbone is None:
        return
    from explorer.training.courses import pooling

    setup = timing.Setup(backbone, choices, 4, False)
    r = st.slider("r", 1, 16, key=from_link("mae_r"))
    to_link(mae_r=r)

    def body(told: list) -> None:
        rows = [
            {mark("Proportional attention"): tr("on") if each.proportional_attention else tr("off"),
             mark("Mean by size"): each.by_size, mark("Plain mean"): each.plain_mean}
            for each in told
        ]  # fmt: skip
        if rows:
            number = st.column_config.NumberColumn(format="%.4f")
            table(rows, dict.fromkeys(list(rows[0])[1:], number))
            st.caption(
                tr(
                    "Cosine with the pooled feature of the model without merging. The paper switches proportional "
                    "attention off for MAE."
                )
            )

    work = lambda task, tell: pooling(backbone.model, setup.images(), r, task, tell)  # noqa: E731
    timing.measured("mae", (*setup.subject, r), tr("Compare at r = {r}", r=r), 2, mark("runs"), work, body)


@fragment(run_every=0.5)
def _wait(key: str) -> None:
    loading = cache.engine().model(key)
    if loading.done.is_set():
        st.rerun()
    st.info(tr("The model is loading: {note}…", note=retell(loading.note)), icon=":material/hourglass_top:")


def _mae() -> Backbone | None:
    """Return a ViT with MAE's weights, or with random ones, under a notice."""
    engine = cache.engine()
    loading = engine.model(MAE)
    if loading.error:
        reason, loading = loading.error, engine.model(f"random:{MAE}")
        if loading.backbone:
            st.warning(
                tr(
                    "{reason} These weights are random: what follows shows the architecture at work, not what a "
                    "trained model sees.",
                    reason=retell(reason),
                ),
                icon=":material/casino:",
            )
    if not loading.done.is_set():
        _wait(loading.key)
        return None
    if loading.error:
        st.error(retell(loading.error), icon=":material/cloud_off:")
    return loading.backbone
