"""Cost of a model of one sequence, read from its layers."""

from typing import Any

from torch import nn

from tome.metrics.shape import BlockShape, Shape, per_token

__all__ = ["shape_of_layers"]


def shape_of_layers(host: Any, model: Any, patches: int, embedding: nn.Module | None) -> Shape:
    """Read the Shape of ``model`` for ``patches`` tokens that ``embedding``, a convolution, makes one each.

    The norm after the layers sees every token; a classifier runs once.
    """
    vision = host.vision(model)
    weight = getattr(embedding, "weight", None)
    heads = [getattr(vision, "pooler", None), getattr(model, "fc_norm", None), getattr(model, "classifier", None)]
    return Shape(
        blocks=tuple(_block(host, block) for block in model.get_submodule(host.blocks_path(model)).children()),
        patches=patches,
        prefix=host.prefix(model),
        patch=0 if weight is None else weight.numel(),
        entry=0,
        norm=per_token(getattr(vision, "layernorm", None) or getattr(vision, "layer_norm", None)),
        pooled=0,
        head=sum(per_token(part) for part in heads),
        restored=True,
    )


def _block(host: Any, block: Any) -> BlockShape:
    own = host.projections(block)
    query: nn.Linear = getattr(own, "q_proj", None) or own.query
    heads = int(getattr(own, "num_attention_heads", None) or own.num_heads)
    whole, attention = (
        per_token(block),
        per_token(block.get_submodule(host.attention)) + per_token(host.first_norm(block)),
    )
    return BlockShape(query.in_features, heads, query.out_features // heads, attention, whole - attention)
