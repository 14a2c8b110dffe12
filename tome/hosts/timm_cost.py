"""What timm's plain ViTs cost, read from their modules."""

from dataclasses import replace
from typing import Any

from timm.layers import AttentionPoolLatent, PatchEmbed

from tome.metrics.shape import BlockShape, Shape, per_token

__all__ = ["shape_of_vit"]


def shape_of_vit(model: Any, image_size: int | tuple[int, int] | None, *, restored: bool, prefix_pooled: bool) -> Shape:
    """Read the Shape of a ViT that embeds patches by one convolution; ``image_size`` is a side or (height, width).

    ``prefix_pooled`` says whether an attention pool sees the prefix tokens whatever the model's own setting.
    """
    embed = model.patch_embed
    if type(embed) is not PatchEmbed:
        raise TypeError(f"model must embed its patches by one convolution; it has a {type(embed).__name__}")
    if type(model.attn_pool) not in (type(None), AttentionPoolLatent):
        raise TypeError(f"model has a {type(model.attn_pool).__name__}, whose cost is not known")
    shape = Shape(
        blocks=tuple(_block_shape(block) for block in model.blocks.children()),
        patches=embed.num_patches,
        prefix=model.num_prefix_tokens,
        patch=embed.proj.weight.numel() + per_token(embed.norm),
        entry=per_token(model.norm_pre),
        norm=per_token(model.norm),
        pooled=_pooled(model.attn_pool),
        head=_head(model, prefix_pooled),
        restored=restored,
    )
    return shape if image_size is None else replace(shape, patches=_patches(embed, image_size))


def _patches(embed: PatchEmbed, image_size: int | tuple[int, int]) -> int:
    height, width = (image_size, image_size) if isinstance(image_size, int) else image_size
    rows, columns = embed.dynamic_feat_size((height, width))
    if rows < 1 or columns < 1:
        raise ValueError(f"image_size must hold at least one patch of {embed.patch_size}; got {image_size}")
    return rows * columns


def _block_shape(block: Any) -> BlockShape:
    attn = block.attn
    heads = attn.num_heads
    keys = getattr(attn, "num_kv_heads", heads)
    # Norms of query and key run once for each head.
    inner = (heads - 1) * per_token(attn.q_norm) + (keys - 1) * per_token(attn.k_norm)
    return BlockShape(
        width=attn.proj.out_features,
        heads=heads,
        head_width=attn.head_dim,
        attention=per_token(block.norm1) + per_token(attn) + inner,
        mlp=per_token(block.norm2) + per_token(block.mlp),
    )


def _head(model: Any, prefix_pooled: bool) -> int:
    parts, pool = [model.fc_norm, model.head, getattr(model, "head_dist", None)], model.attn_pool
    if pool is None:
        return sum(per_token(part) for part in parts if part is not None)
    once = sum(per_token(part) for part in (*parts, pool.q, pool.proj, pool.norm, pool.mlp) if part is not None)
    prefix_too = prefix_pooled or model.pool_include_prefix
    return once + (model.num_prefix_tokens * _pooled(pool) if prefix_too else 0)


def _pooled(pool: AttentionPoolLatent | None) -> int:
    """For each token in an attention pool: key and value, and the products with the one query."""
    return 0 if pool is None else per_token(pool.kv) + 2 * pool.kv.in_features
