"""The numbers that decide what a forward costs, given or read from a timm ViT."""

from dataclasses import dataclass, replace

import timm
import torch
from timm.layers import AttentionPoolLatent, PatchEmbed
from torch import nn

from tome.hosts.timm_vit import check_model, pools, walks

__all__ = ["BlockShape", "Shape", "shape_of"]

_NORM = 5  # per element of an affine LayerNorm


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


def shape_of(model_or_name: nn.Module | str, image_size: int | tuple[int, int] | None = None) -> Shape:
    """Read a Shape from a timm ViT or the name of one; ``image_size`` is a side or (height, width) in pixels."""
    if isinstance(model_or_name, str):
        with torch.device("meta"):
            model_or_name = timm.create_model(model_or_name)
    model = model_or_name
    check_model(model)
    embed = model.patch_embed
    if type(embed) is not PatchEmbed:
        raise TypeError(f"model must embed its patches by one convolution; it has a {type(embed).__name__}")
    if type(model.attn_pool) not in (type(None), AttentionPoolLatent):
        raise TypeError(f"model has a {type(model.attn_pool).__name__}, whose cost is not known")
    shape = Shape(
        blocks=tuple(_block_shape(block) for block in model.blocks.children()),
        patches=embed.num_patches,
        prefix=model.num_prefix_tokens,
        patch=embed.proj.weight.numel() + _per_token(embed.norm),
        entry=_per_token(model.norm_pre),
        norm=_per_token(model.norm),
        pooled=_pooled(model.attn_pool),
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
    parts, pool = [model.fc_norm, model.head, getattr(model, "head_dist", None)], model.attn_pool
    if pool is None:
        return sum(_per_token(part) for part in parts if part is not None)
    once = sum(_per_token(part) for part in (*parts, pool.q, pool.proj, pool.norm, pool.mlp) if part is not None)
    prefix_too = walks(model) or model.pool_include_prefix
    return once + (model.num_prefix_tokens * _pooled(pool) if prefix_too else 0)


def _pooled(pool: AttentionPoolLatent | None) -> int:
    """For each token in an attention pool: key and value, and the products with the one query."""
    return 0 if pool is None else _per_token(pool.kv) + 2 * pool.kv.in_features


def _per_token(module: nn.Module) -> int:
    """Multiply-adds of the linear layers and LayerNorms in ``module``, each run once on one token."""
    total = 0
    for part in module.modules():
        if isinstance(part, nn.Linear):
            total += part.weight.numel()
        elif isinstance(part, nn.LayerNorm):
            total += _NORM * part.weight.numel()
    return total
