"""ImageNet accuracy of merging models as their authors printed it, by size of the model."""

from dataclasses import dataclass
from typing import Any

from explorer.locale.language import mark

__all__ = ["SOURCE", "WITH", "Printed", "is_of", "of_size"]

SOURCE = "https://github.com/facebookresearch/ToMe"
"""its README prints these with two decimals; of the paper, Tables 3 and 4 have some with one"""
OFF, WITH = mark("off the shelf"), mark("trained with merging")


@dataclass(frozen=True)
class Printed:
    """Accuracy in % at 224 px, plain and merging."""

    name: str
    width: int
    depth: int
    trained: str
    r: int
    plain: float
    merged: float
    timm: str = ""
    """timm's name of the plain weights, where it has them"""


ROWS = (
    Printed("DeiT-Ti", 192, 12, WITH, 13, 71.8, 71.27, "deit_tiny_patch16_224.fb_in1k"),
    Printed("AugReg ViT-S/16", 384, 12, OFF, 13, 81.41, 79.30),
    Printed("DeiT-S", 384, 12, WITH, 13, 79.8, 79.36, "deit_small_patch16_224.fb_in1k"),
    Printed("AugReg ViT-B/16", 768, 12, OFF, 13, 84.57, 82.60),
    Printed("MAE ViT-B/16", 768, 12, WITH, 16, 83.62, 81.91),
    Printed("AugReg ViT-L/16", 1024, 24, OFF, 7, 85.82, 84.26),
    Printed("MAE ViT-L/16", 1024, 24, WITH, 8, 85.66, 85.09),
    Printed("MAE ViT-H/14", 1280, 32, WITH, 7, 86.88, 86.46),
)


def of_size(model: Any) -> list[Printed]:
    """Return what is printed for models of the width and depth of ``model``."""
    return [row for row in ROWS if (row.width, row.depth) == (model.embed_dim, len(model.blocks))]


def is_of(row: Printed, model: Any) -> bool:
    """Return whether ``row`` is of the very model of timm."""
    config = getattr(model, "pretrained_cfg", None)
    return bool(row.timm) and config is not None and row.timm == f"{config['architecture']}.{config['tag']}"
