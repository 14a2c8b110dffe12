"""Multiply-adds of a forward, in the convention of the paper's tables."""

from itertools import pairwise

from torch import nn

from tome.config import MergeConfig, check_config
from tome.matching import ALGORITHMS
from tome.metrics.shape import BlockShape, Shape, shape_of
from tome.schedule import token_counts

__all__ = ["BlockShape", "Shape", "block_gflops", "flops", "gflops", "known_gflops", "r_for", "shape_of"]


def gflops(
    model_or_name: nn.Module | str,
    config: MergeConfig | None = None,
    image_size: int | tuple[int, ...] | None = None,
) -> float:
    """Return the billions of multiply-adds for one image, as the paper counts them; see ``flops``.

    ``image_size`` is a side, (height, width) or (frames, height, width).  A name is built without weights.

    Examples:
        >>> round(tome.gflops("vit_small_patch16_224"), 2), round(tome.gflops("vit_small_patch16_224", tome.MergeConfig(r=13)), 2)
        (4.61, 2.71)
    """
    return flops(shape_of(model_or_name, image_size), config) / 1e9


def known_gflops(model: nn.Module, config: MergeConfig | None, image_size: tuple[int, ...]) -> float | None:
    """Return ``gflops``, or None where the host of ``model`` states no cost."""
    try:
        return gflops(model, config, image_size)
    except TypeError:
        return None


def flops(shape: Shape, config: MergeConfig | None = None) -> int:
    """Return the multiply-adds for one image, or clip, of ``shape``; plain without ``config``.

    The convention is fvcore's: one multiply-add is one FLOP; linear layers, convolutions, matrix products and the
    declared cost of the matching count; a LayerNorm counts 5 per element; softmax, GELU, biases, additions, RMSNorm,
    rotation, sorting and gathering count nothing.

    Examples:
        >>> shape = tome.Shape.plain(depth=12, width=384, heads=6, patches=196, patch_values=3 * 16**2, classes=1000)
        >>> tome.flops(shape)
        4608338304
    """
    if config is not None:
        check_config(config)
    last = _counts(shape, config)[-1]
    merges = config is None or ALGORITHMS[config.algorithm].kind == "merge"
    seen = shape.tokens if shape.restored and merges else last
    around = shape.patches * (shape.patch + shape.pooled) + shape.tokens * shape.entry + seen * shape.norm + shape.head
    return around + sum(_blocks(shape, config))


def block_gflops(shape: Shape, config: MergeConfig | None = None) -> list[float]:
    """Return the same for each block alone, in order, in billions."""
    return [block / 1e9 for block in _blocks(shape, config)]


def r_for(model_or_name: nn.Module | str, speed_up: float, image_size: int | tuple[int, ...] | None = None) -> int:
    """Return the smallest constant r that divides the GFLOPs by at least ``speed_up``.

    Raises ValueError if no r does: the r of a block is capped at half of its tokens.

    Examples:
        >>> tome.r_for("vit_small_patch16_224", 2.0)
        16
    """
    shape = shape_of(model_or_name, image_size)
    plain, best = flops(shape), 1.0
    for r in range(shape.patches // 2 + 1):
        best = plain / flops(shape, MergeConfig(r=r))
        if best >= speed_up:
            return r
    raise ValueError(f"speed_up must be at most {best:.2f} for this model and size; got {speed_up}")


def _counts(shape: Shape, config: MergeConfig | None) -> tuple[int, ...]:
    return token_counts(config.r if config else 0, len(shape.blocks), shape.tokens, shape.prefix)


def _blocks(shape: Shape, config: MergeConfig | None) -> list[int]:
    steps = zip(shape.blocks, pairwise(_counts(shape, config)), strict=True)
    return [
        before * block.attention
        + before**2 * (2 * block.heads * block.head_width + block.pair)
        + (_matching(block, config, before - shape.prefix) if config and after < before else 0)
        + after * block.mlp
        for block, (before, after) in steps
    ]


def _matching(block: BlockShape, config: MergeConfig, free: int) -> int:
    cost = ALGORITHMS[config.algorithm].cost
    if cost is None:
        return 0
    if config.feature in ("input", "output"):
        compared = block.width
    else:
        compared = block.head_width * (block.heads if config.heads == "concat" else 1)
    return cost(free, compared)
