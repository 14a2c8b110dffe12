"""AudioMAE (Huang et al., arXiv 2207.06405): the audio model of the paper, in timm's format."""

from functools import partial
from typing import Any

from timm.models.vision_transformer import VisionTransformer
from torch import nn

from tome.models.sizes import size_named

__all__ = ["audiomae"]


def audiomae(
    size: str = "vit_base", *, image_size: int | tuple[int, int] = (1024, 128), classes: int = 527, **options: Any
) -> VisionTransformer:
    """Return AudioMAE of ``size`` with random weights, in evaluation mode; its parts have timm's names.

    It takes spectrograms [B, 1, frames, mel bands]: 1,024 frames of 10 ms and 128 bands are 64 × 8 tokens, ordered by
    time, then band.  Its head reads the mean over them.
    """
    return VisionTransformer(
        img_size=image_size,
        num_classes=classes,
        global_pool="avg",
        norm_layer=partial(nn.LayerNorm, eps=1e-6),
        **{"in_chans": 1, **size_named(size), **options},
    ).eval()
