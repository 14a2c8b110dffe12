"""The slow, obviously right forward of a merged model: no token is removed, patches of one group only become equal.

A token that stands for s patches is s equal patches: then attention needs no sizes, a mean over patches no weights,
and timm's own attention, MLP, norms, pool and head do everything.  Between attention and MLP, each patch is replaced
by the mean of its group; so is its coordinate, for rotary positions.  Dropped patches are masked out of attention.
"""

import torch
from plain_halves import mean_of_groups, paused, scaled, table
from timm.models.eva import Eva, EvaBlock
from timm.models.vision_transformer import Block, VisionTransformer
from torch import Tensor, nn

from tome import Trace

__all__ = ["plain_merge", "table"]


def plain_merge(model: nn.Module, images: Tensor, trace: Trace) -> Tensor:
    """Return the expected output of ``model`` with the merges of ``trace``; every step is differentiable."""
    if not isinstance(model, VisionTransformer | Eva) or type(model.blocks[0]) not in (Block, EvaBlock):
        return paused(model, images, trace)
    x = model._pos_embed(model.patch_embed(images))
    x = model.norm_pre(x[0] if isinstance(x, tuple) else x)
    rope, prefix = getattr(model, "rope", None), model.num_prefix_tokens
    rows, columns = model.patch_embed.dynamic_feat_size(tuple(images.shape[2:]))
    grid = torch.tensor([(row, column) for row in range(rows) for column in range(columns)], dtype=torch.float32)
    place = grid.expand(len(images), -1, -1)
    alive = torch.ones(x.shape[:2], dtype=torch.bool)
    for layer, block in enumerate(model.blocks):
        options = {"attn_mask": alive[:, None, None]}
        if rope is not None:
            options["rope"] = table(rope, place, layer, (rows, columns))
        x = x + scaled(block, 1, block.attn(block.norm1(x), **options))
        source = trace.source(layer)
        x, place, alive = mean_of_groups(x, source), mean_of_groups(place, source[:, prefix:]), source >= 0
        x = x + scaled(block, 2, block.mlp(block.norm2(x)))
    return model.forward_head(model.norm(x))
