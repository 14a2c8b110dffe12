"""The training recipe: a tiny ViT on digits, and all settings of a run."""

from dataclasses import dataclass, field
from typing import cast

import torch
from timm.models.vision_transformer import VisionTransformer
from torch import Tensor, nn

from tome.config import MergeConfig

__all__ = ["INK", "Recipe", "tiny_vit"]

INK = 0.3
"""about the mean of the digits, taken off so that the model sees values around 0"""


@dataclass(frozen=True)
class Recipe:
    """All settings of a run; equal recipes give equal results."""

    config: MergeConfig = field(default_factory=lambda: MergeConfig(r=0))
    """how tokens merge while training"""
    image_size: int = 24
    patch_size: int = 4
    width: int = 64
    depth: int = 6
    heads: int = 2
    train: int = 1297
    test: int = 500
    epochs: int = 8
    batch: int = 32
    learning_rate: float = 2e-3
    seed: int = 0


def tiny_vit(recipe: Recipe) -> VisionTransformer:
    """Return the untrained model of ``recipe``: timm's ViT on grey pictures with ten classes."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe.seed)
        model = VisionTransformer(
            img_size=recipe.image_size,
            patch_size=recipe.patch_size,
            in_chans=1,
            num_classes=10,
            embed_dim=recipe.width,
            depth=recipe.depth,
            num_heads=recipe.heads,
        )
        # A patch holds about one pixel of a digit: its position is more informative than its content from the start.
        nn.init.normal_(cast(Tensor, model.pos_embed), std=0.5)
    return model
