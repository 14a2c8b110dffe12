"""ImageNet accuracy of merging models as their authors printed it, by size of the model."""

from dataclasses import dataclass
from typing import Any

from explorer.locale.language import mark

__all__ = ["SOURCE", "Printed", "of_size"]

SOURCE = "https://github.com/facebookresearch/ToMe"
"""its README prints these with two decimals; of the paper, Tables 3 and 4 have some with one"""
OFF, WITH = mark("off the shelf"), mark("with merging")


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


ROWS = (
    Printed("DeiT-Ti", 192, 12, WITH, 13, 71.8, 71.27),
    Printed("AugReg ViT-S/16", 384, 12, OFF, 13, 81.41, 79.30),
    Printed("DeiT-S", 384, 12, WITH, 13, 79.8, 79.36),
    Printed("AugReg ViT-B/16", 768, 12, OFF, 13, 84.57, 82.60),
    Printed("MAE ViT-B/16", 768, 12, WITH, 16, 83.62, 81.91),
    Printed("AugReg ViT-L/16", 1024, 24, OFF, 7, 85.82, 84.26),
    Printed("MAE ViT-L/16", 1024, 24, WITH, 8, 85.66, 85.09),
    Printed("MAE ViT-H/14", 1280, 32, WITH, 7, 86.88, 86.46),
)


def of_size(model: Any) -> list[Printed]:
    """Return what is printed for models of the width and depth of ``model``."""
    return [row for row in ROWS if (row.width, row.depth) == (model.embed_dim, len(model.blocks))]
