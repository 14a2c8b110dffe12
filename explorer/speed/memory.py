"""Peak memory of a forward and of a training step, from docs/results/data."""

from typing import Any, NamedTuple

from explorer.locale.language import tr

__all__ = ["PEAKS", "Peak", "memory"]


class Peak(NamedTuple):
    """Bytes of live tensors at most, weights aside, of vit_small_patch16_224 in batches of 8."""

    r: int
    plain: int
    merged: int


PEAKS = {"speed": Peak(16, 29_050_368, 24_684_512), "training": Peak(13, 568_049_576, 370_767_112)}
"""name of the CSV file → its row with the paper's algorithm"""


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
