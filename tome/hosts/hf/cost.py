"""Cost of transformers' vision towers, read from their modules."""

from typing import Any

from torch import nn

from tome.metrics.shape import BlockShape, Shape, per_token

__all__ = ["shape_of_tower"]


def shape_of_tower(host: Any, model: Any, size: int | tuple[int, int] | None) -> Shape:
    """Read the Shape of ``model``, served by ``host``, for images of ``size``: a side or (height, width) in pixels.

    Every tower norms and returns the full grid; text towers are left out.
    """
    vision, embedding = host.vision(model), host.embedding(model)
    side = vision.config.image_size if size is None else size
    height, width = (side, side) if isinstance(side, int) else side
    rows, columns = height // embedding.kernel_size[0], width // embedding.kernel_size[1]
    if rows < 1 or columns < 1:
        raise ValueError(f"size must hold at least one patch of {embedding.kernel_size}; got {size}")
    before = getattr(vision, "pre_layrnorm", None)
    after = next(getattr(vision, name) for name in ("layernorm", "post_layernorm", "norm") if hasattr(vision, name))
    pool = getattr(vision, "head", None)
    heads = [getattr(vision, "pooler", None), *(getattr(model, name, None) for name in _HEADS)]
    heads += [] if host.norms_every_token else [after]
    decoder = getattr(model, "decoder", None)
    return Shape(
        blocks=tuple(_block(host, block) for block in model.get_submodule(host.blocks_path(model)).children()),
        patches=rows * columns,
        prefix=host.prefix(model),
        patch=embedding.weight.numel(),
        entry=per_token(before),
        norm=per_token(after) * host.norm_runs(model),
        pooled=_pooled(pool) if decoder is None else decoder[0].weight.numel(),
        head=sum(per_token(part) for part in heads) + _pool_once(pool),
        restored=True,
    )


_HEADS = ("classifier", "cls_classifier", "distillation_classifier", "visual_projection")


def _block(host: Any, block: Any) -> BlockShape:
    attn, (first, second) = host.attn(block), (getattr(block, name) for name in host.norms)
    width = attn.q_proj.in_features
    return BlockShape(
        width=width,
        heads=attn.q_proj.out_features // attn.head_dim,
        head_width=attn.head_dim,
        attention=per_token(first) + per_token(attn),
        mlp=per_token(second) + per_token(block.mlp),
    )


def _pooled(pool: Any) -> int:
    """For each token in an attention pool: key and value, and the products with the one query."""
    return 0 if pool is None else 2 * pool.attention.embed_dim**2 + 2 * pool.attention.embed_dim


def _pool_once(pool: Any) -> int:
    """Return the cost of an attention pool's one query: its projections, the norm and the MLP after it."""
    if pool is None:
        return 0
    query: nn.MultiheadAttention = pool.attention
    return 2 * int(query.embed_dim) ** 2 + per_token(pool.layernorm) + per_token(pool.mlp)
