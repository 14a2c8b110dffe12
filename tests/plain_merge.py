"""The slow, obviously right forward of a merged model: no token is removed, patches of one group only become equal.

A token that stands for s patches is s equal patches: then attention needs no sizes, a mean over patches no weights,
and timm's own attention, MLP, norms, pool and head do everything.  Between attention and MLP, each patch is replaced
by the mean of its group; so is its coordinate, for rotary positions.  Dropped patches are masked out of attention.
"""

import torch
from plain_halves import HALVES, mean_of_groups, paused, scaled
from timm.layers import RotaryEmbeddingCat, RotaryEmbeddingDinoV3, RotaryEmbeddingMixed
from torch import Tensor, nn

from tome import Trace

__all__ = ["plain_merge", "table"]


def plain_merge(model: nn.Module, images: Tensor, trace: Trace) -> Tensor:
    """What ``model`` should give if its patches merge as ``trace`` says; every step is differentiable."""
    if type(next(iter(model.blocks.children()))) in HALVES:
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


def table(rope: nn.Module, place: Tensor, layer: int, grid: tuple[int, int]) -> Tensor:
    """timm's table of sines and cosines for any ``place`` (row, column) [B, N, 2] on ``grid``: [B, heads or 1, N, 2d]."""
    row, column = place[:, None, :, 0, None], place[:, None, :, 1, None]
    if isinstance(rope, RotaryEmbeddingMixed):
        angle = column * rope.freqs[0, layer][:, None] + row * rope.freqs[1, layer][:, None]
        assert rope.grid_indexing == "xy"
    elif isinstance(rope, RotaryEmbeddingDinoV3):
        row, column = (2 * (at + 0.5) / side - 1 for at, side in zip((row, column), grid, strict=True))
        angle = 2 * torch.pi * torch.cat([row / rope.periods, column / rope.periods], -1)
        assert (rope.grid_indexing, rope.normalize_coords, rope.grid_offset) == ("ij", "separate", 0)
    elif isinstance(rope, RotaryEmbeddingCat):
        full = rope.ref_feat_shape or grid
        row, column = (
            (at + rope.grid_offset) / side * whole for at, side, whole in zip((row, column), grid, full, strict=True)
        )
        first, second = (row, column) if rope.grid_indexing == "ij" else (column, row)
        angle = torch.cat([first * rope.bands, second * rope.bands], -1)
    else:
        angle = torch.where(rope.axis == 1, row, torch.where(rope.axis == 2, column, 0)) * rope.inv_freq
    half = getattr(rope, "rotate_half", True) and not isinstance(rope, RotaryEmbeddingMixed)
    angle = torch.cat([angle, angle], -1) if half else angle.repeat_interleave(2, -1)
    return torch.cat([angle.sin(), angle.cos()], -1)
