"""Multiply-adds of a forward, in the convention of the paper's tables."""

from dataclasses import dataclass, replace
from itertools import pairwise

import timm
import torch
from timm.layers import AttentionPoolLatent, PatchEmbed
from torch import nn

from tome.config import MergeConfig
from tome.matching import ALGORITHMS
from tome.schedule import token_counts
from tome.vit import check_model, pools, walks

__all__ = ["BlockShape", "Shape", "block_gflops", "flops", "gflops", "r_for", "shape_of"]

_NORM = 5  # per element of an affine LayerNorm
# These compare A with B in one product; what other algorithms do is no single product, and is left out.
_BIPARTITE = ("bipartite", "optimal", "tofu")


@dataclass(frozen=True)
class BlockShape:
    """The numbers that decide what a block costs."""

    width: int
    heads: int
    head_width: int
    attention: int
    """for each token before the merge: first norm, projections, norms inside"""
    mlp: int
    """for each token after the merge: second norm, MLP"""


@dataclass(frozen=True)
class Shape:
    """The numbers that decide what a forward costs."""

    blocks: tuple[BlockShape, ...]
    patches: int
    prefix: int
    patch: int
    """for each patch, to embed it"""
    entry: int
    """for each token, between embedding and blocks"""
    norm: int
    """for each token after the blocks"""
    pooled: int
    """for each patch, in an attention pool"""
    head: int
    """once"""
    restored: bool
    """whether what follows the blocks sees the full grid again"""

    @classmethod
    def plain(
        cls,
        *,
        depth: int,
        width: int,
        heads: int,
        patches: int,
        patch_values: int,
        classes: int,
        prefix: int = 1,
        mlp_ratio: float = 4,
    ) -> "Shape":
        """A plain ViT by its numbers: a video of tubelets, say, or a spectrogram.

        ``patch_values`` are the values in one patch: 3·p² for a picture, 2·3·p² for a tubelet of two frames, p² for
        a spectrogram.
        """
        mlp = 2 * width * int(width * mlp_ratio) + _NORM * width
        block = BlockShape(width, heads, width // heads, 4 * width**2 + _NORM * width, mlp)
        return cls(
            blocks=(block,) * depth,
            patches=patches,
            prefix=prefix,
            patch=width * patch_values,
            entry=0,
            norm=_NORM * width,
            pooled=0,
            head=width * classes,
            restored=False,
        )

    @property
    def tokens(self) -> int:
        return self.patches + self.prefix


def gflops(
    model_or_name: nn.Module | str,
    config: MergeConfig | None = None,
    image_size: int | tuple[int, int] | None = None,
) -> float:
    """Billions of multiply-adds for one image, as the paper counts them; see ``flops``.

    ``image_size`` is a side or (height, width) in pixels.  A name is built without weights.
    """
    return flops(shape_of(model_or_name, image_size), config) / 1e9


def flops(shape: Shape, config: MergeConfig | None = None) -> int:
    """Multiply-adds for one image, or clip, of ``shape``; plain without ``config``.

    The convention is fvcore's: one multiply-add is one FLOP; linear layers, convolutions and matrix products
    count, the product of bipartite matching included; a LayerNorm counts 5 per element; softmax, GELU, biases,
    additions, RMSNorm, rotation, sorting and gathering count nothing.
    """
    last = _counts(shape, config)[-1]
    merges = config is None or ALGORITHMS[config.algorithm].kind == "merge"
    seen = shape.tokens if shape.restored and merges else last
    around = shape.patches * (shape.patch + shape.pooled) + shape.tokens * shape.entry + seen * shape.norm + shape.head
    return around + sum(_blocks(shape, config))


def block_gflops(shape: Shape, config: MergeConfig | None = None) -> list[float]:
    """The same for each block alone, in order, in billions."""
    return [block / 1e9 for block in _blocks(shape, config)]


def r_for(model_or_name: nn.Module | str, speed_up: float, image_size: int | tuple[int, int] | None = None) -> int:
    """The smallest constant r that divides the GFLOPs by at least ``speed_up``.

    Raises ValueError where no r does: the r of a block is capped at half of its tokens.
    """
    shape = shape_of(model_or_name, image_size)
    plain, best = flops(shape), 1.0
    for r in range(shape.patches // 2 + 1):
        best = plain / flops(shape, MergeConfig(r=r))
        if best >= speed_up:
            return r
    raise ValueError(f"speed_up must be at most {best:.2f} for this model and size; got {speed_up}")


def shape_of(model_or_name: nn.Module | str, image_size: int | tuple[int, int] | None = None) -> Shape:
    """Read a Shape from a timm ViT or the name of one; ``image_size`` is a side or (height, width) in pixels."""
    if isinstance(model_or_name, str):
        with torch.device("meta"):
            model_or_name = timm.create_model(model_or_name)
    model, embed = model_or_name, model_or_name.patch_embed
    check_model(model)
    if type(embed) is not PatchEmbed:
        raise TypeError(f"model must embed its patches by one convolution; it has a {type(embed).__name__}")
    pool = getattr(model, "attn_pool", None)
    if pool is not None and type(pool) is not AttentionPoolLatent:
        raise TypeError(f"model has a {type(pool).__name__}, whose cost is not known")
    shape = Shape(
        blocks=tuple(_block_shape(block) for block in model.blocks.children()),
        patches=embed.num_patches,
        prefix=model.num_prefix_tokens,
        patch=embed.proj.weight.numel() + _per_token(embed.norm),
        entry=_per_token(model.norm_pre),
        norm=_per_token(model.norm),
        pooled=0 if pool is None else _per_token(pool.kv) + 2 * pool.kv.in_features,
        head=_head(model),
        restored=pools(model) or walks(model),
    )
    return shape if image_size is None else replace(shape, patches=_patches(embed, image_size))


def _patches(embed: PatchEmbed, image_size: int | tuple[int, int]) -> int:
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    rows, columns = embed.dynamic_feat_size((height, width))
    if rows < 1 or columns < 1:
        raise ValueError(f"image_size must hold at least one patch of {embed.patch_size}; got {image_size}")
    return rows * columns


def _block_shape(block: nn.Module) -> BlockShape:
    attn = block.attn
    heads = attn.num_heads
    keys = getattr(attn, "num_kv_heads", heads)
    # Norms of query and key run once for each head.
    inner = (heads - 1) * _per_token(attn.q_norm) + (keys - 1) * _per_token(attn.k_norm)
    return BlockShape(
        width=attn.proj.out_features,
        heads=heads,
        head_width=attn.head_dim,
        attention=_per_token(block.norm1) + _per_token(attn) + inner,
        mlp=_per_token(block.norm2) + _per_token(block.mlp),
    )


def _head(model: nn.Module) -> int:
    parts = [model.fc_norm, model.head, getattr(model, "head_dist", None)]
    if (pool := getattr(model, "attn_pool", None)) is not None:
        parts += [pool.q, pool.proj, pool.norm, pool.mlp]
    return sum(_per_token(part) for part in parts if part is not None)


def _per_token(module: nn.Module) -> int:
    """Multiply-adds of the linear layers and LayerNorms in ``module``, each run once on one token."""
    total = 0
    for part in module.modules():
        if isinstance(part, nn.Linear):
            total += part.weight.numel()
        elif isinstance(part, nn.LayerNorm):
            total += _NORM * part.weight.numel()
    return total


def _counts(shape: Shape, config: MergeConfig | None) -> tuple[int, ...]:
    return token_counts(config.r if config else 0, len(shape.blocks), shape.tokens, shape.prefix)


def _blocks(shape: Shape, config: MergeConfig | None) -> list[int]:
    steps = zip(shape.blocks, pairwise(_counts(shape, config)), strict=True)
    return [
        before * block.attention
        + 2 * before**2 * block.heads * block.head_width
        + (_matching(block, config, before - shape.prefix) if after < before else 0)
        + after * block.mlp
        for block, (before, after) in steps
    ]


def _matching(block: BlockShape, config: MergeConfig, free: int) -> int:
    if config.algorithm not in _BIPARTITE:
        return 0
    if config.feature in ("input", "output"):
        compared = block.width
    else:
        compared = block.head_width * (block.heads if config.heads == "concat" else 1)
    return (free + 1) // 2 * (free // 2) * compared
