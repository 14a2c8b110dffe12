"""Cost of timm's plain ViTs, read from their modules."""

from dataclasses import replace
from math import prod
from typing import Any

from timm.layers import AttentionPoolLatent, DiffAttention
from torch import nn

from tome.hosts import timm_parallel
from tome.metrics.shape import BlockShape, Shape, per_token

__all__ = ["grid_of", "shape_of_vit"]


def shape_of_vit(model: Any, size: int | tuple[int, ...] | None, *, restored: bool, prefix_pooled: bool) -> Shape:
    """Read the Shape of a ViT that embeds patches, or tubelets, by one convolution.

    ``size`` is a side, (height, width) or (frames, height, width); a clip has the model's frames unless given.
    ``prefix_pooled`` overrides whether an attention pool sees the prefix tokens.
    """
    embed = model.patch_embed
    if not _one_convolution(embed):
        raise TypeError(f"model must embed its patches by one convolution; it has a {type(embed).__name__}")
    pool = getattr(model, "attn_pool", None)
    if type(pool) not in (type(None), AttentionPoolLatent):
        raise TypeError(f"model has a {type(pool).__name__}, whose cost is not known")
    return Shape(
        blocks=tuple(_block_shape(block) for block in model.blocks.children()),
        patches=prod(grid_of(embed, size)),
        prefix=model.num_prefix_tokens,
        patch=embed.proj.weight.numel() + per_token(embed),
        entry=per_token(getattr(model, "norm_pre", None)),
        norm=per_token(model.norm),
        pooled=_pooled(pool),
        head=_head(model, prefix_pooled),
        restored=restored,
    )


def grid_of(embed: Any, size: int | tuple[int, ...] | None) -> tuple[int, ...]:
    """Return the number of patches along each axis of an image or clip of that size; of the model's own if None."""
    if size is None:
        return tuple(embed.grid_size)
    sides = (size, size) if isinstance(size, int) else tuple(size)
    axes = embed.proj.weight.dim() - 2
    if len(sides) == 2 and axes == 3:
        sides = (embed.frames, *sides)
    if len(sides) != axes:
        raise ValueError(f"image_size must have {axes} numbers, or be a side; got {size}")
    grid = tuple(embed.dynamic_feat_size(sides))
    if min(grid) < 1:
        raise ValueError(f"image_size must hold at least one patch of {embed.patch_size}; got {size}")
    return grid


def _one_convolution(embed: nn.Module) -> bool:
    parts = dict(embed.named_children())
    return isinstance(parts.get("proj"), nn.Conv2d | nn.Conv3d) and parts.keys() <= {"proj", "norm"}


def _block_shape(block: Any) -> BlockShape:
    if timm_parallel.is_group(block):
        branches = [_attention(branch.attn) for branch in block.attns]
        return replace(
            branches[0],
            heads=sum(branch.heads for branch in branches),
            attention=sum(
                branch.attention + per_token(own.norm) for branch, own in zip(branches, block.attns, strict=True)
            ),
            mlp=per_token(block.ffns),
        )
    shape = _attention(block.attn)
    norms = per_token(block.norm1), per_token(block.norm2)
    return replace(shape, attention=shape.attention + norms[0], mlp=norms[1] + per_token(block.mlp))


def _attention(attn: Any) -> BlockShape:
    """Return the shape of a block without norms and MLP."""
    if isinstance(attn, DiffAttention):
        # Two query and key heads share a value head of twice their width.
        heads, pair = 2 * attn.num_heads, attn.proj.in_features
    else:
        heads, pair = attn.num_heads, 0
    width = attn.proj.in_features // heads
    keys = getattr(attn, "num_kv_heads", heads)
    # Norms of query and key run once for each head.
    norms = (getattr(attn, name, None) for name in ("q_norm", "k_norm"))
    inner = sum((count - 1) * per_token(norm) for count, norm in zip((heads, keys), norms, strict=True))
    return BlockShape(attn.proj.out_features, heads, width, attention=per_token(attn) + inner, mlp=0, pair=pair)


def _head(model: Any, prefix_pooled: bool) -> int:
    parts = [getattr(model, name, None) for name in ("fc_norm", "head", "head_dist")]
    pool = getattr(model, "attn_pool", None)
    if pool is None:
        return sum(per_token(part) for part in parts)
    once = sum(per_token(part) for part in (*parts, pool.q, pool.proj, pool.norm, pool.mlp))
    prefix_too = prefix_pooled or model.pool_include_prefix
    return once + (model.num_prefix_tokens * _pooled(pool) if prefix_too else 0)


def _pooled(pool: AttentionPoolLatent | None) -> int:
    """For each token in an attention pool: key and value, and the products with the one query."""
    return 0 if pool is None else per_token(pool.kv) + 2 * pool.kv.in_features
