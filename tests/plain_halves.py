"""The same for blocks of another kind: timm's own forward, with blocks that stop between their two halves.

Each half is written down here once more, from timm's modules; between the halves each patch gets the mean of its
group.  A bias between two places becomes its mean over the pairs of places of two groups.
"""

import copy
from collections.abc import Callable
from typing import Any
from unittest import mock

import torch
from timm.layers import RotaryEmbeddingCat, RotaryEmbeddingDinoV3, RotaryEmbeddingMixed
from timm.models import (
    beit,
    cait,
    deepseek_vit,
    eva,
    gemma4_vit,
    vision_transformer,
    vision_transformer_relpos,
    vision_transformer_sam,
)
from torch import Tensor, nn

from tome import Trace
from tome.forward.surgery import with_parts

__all__ = ["HALVES", "mean_of_groups", "paused", "scaled", "table"]


def paused(model: nn.Module, images: Any, trace: Trace) -> Tensor:
    """Return the output of ``model`` with blocks that stop between their halves."""
    before = torch.arange(trace.n_in).expand(len(trace.source()), -1)
    blocks, path = [], "encoder." if hasattr(model, "encoder") else ""
    for layer, block in enumerate(model.get_submodule(path + "blocks").children()):
        blocks.append(Paused(block, before, trace.source(layer)))
        before = trace.source(layer)
    parts = {path + "blocks": nn.Sequential(*blocks)}
    for name, kind in (("rope", Turned), ("rotary_emb", TurnedByGemma)):
        rope = getattr(getattr(model, "encoder", model), name, None)
        parts |= {path + name: kind(rope)} if rope is not None else {}
    return with_parts(model, parts)(images)


class Turned(nn.Module):
    """Replace timm's table for a grid by a function of positions; one for each layer if they differ."""

    def __init__(self, rope: nn.Module):
        super().__init__()
        self.rope = rope

    def get_embed(self, shape: tuple[int, int]) -> Any:
        grid = torch.tensor([(row, column) for row in range(shape[0]) for column in range(shape[1])]).float()

        def of_layer(layer: int) -> Callable[[Tensor], Tensor]:
            return lambda source: table(
                self.rope, mean_of_groups(grid.expand(len(source), -1, -1), source), layer, shape
            )

        mixed = isinstance(self.rope, RotaryEmbeddingMixed)
        return [of_layer(layer) for layer in range(3)] if mixed else of_layer(0)


class TurnedByGemma(nn.Module):
    """Replace the cosines by a function of groups."""

    def __init__(self, rotary: nn.Module):
        super().__init__()
        self.rotary = rotary

    def forward(self, x: Tensor, places: Tensor) -> tuple[Callable[..., Any], None]:
        return lambda source: self.rotary(x, mean_of_groups(places.float(), source)), None


class Paused(nn.Module):
    """A block with patches equal within the groups ``before``, and within ``after`` from its middle on."""

    def __init__(self, block: nn.Module, before: Tensor, after: Tensor):
        super().__init__()
        self.block, self.before, self.after = block, before, after

    def forward(self, x: Tensor, *places: Any, **options: Any) -> Tensor:
        first, second = HALVES[type(self.block)]
        shape = x.shape
        x = first(self.block, x, self.before, *places, **options).flatten(1, -2)
        return second(self.block, mean_of_groups(x, self.after)).view(shape)


def mean_of_groups(x: Tensor, source: Tensor) -> Tensor:
    """``x`` [B, N, C] with each token replaced by the mean over its group in ``source`` [B, N]."""
    images = []
    for picture, groups in zip(x, source.tolist(), strict=True):
        members = [[other for other, its in enumerate(groups) if its == group] for group in groups]
        images.append(torch.stack([picture[alike].mean(0) for alike in members]))
    return torch.stack(images)


def scaled(block: nn.Module, branch: int, x: Tensor) -> Tensor:
    if hasattr(block, "ls1"):
        return (block.ls1 if branch == 1 else block.ls2)(x)
    gamma = getattr(block, f"gamma_{branch}", None)
    return x if gamma is None else x * gamma


def mean_of_pairs(table: Tensor, source: Tensor) -> Tensor:
    """``table`` [..., H, N, N] with each pair's entry replaced by the mean over the pairs of two groups: [B, H, N, N].

    Minus infinity where the key was dropped.
    """
    same = (source[:, :, None] == source[:, None]).float()
    average = (same / same.sum(-1, keepdim=True))[:, None]
    return (average @ table @ average.transpose(-1, -2)).masked_fill((source < 0)[:, None, None], float("-inf"))


def with_bias(attn: nn.Module, name: str, source: Tensor) -> nn.Module:
    """A copy of ``attn`` whose method ``name`` gives its table as means over pairs."""
    other, bias = copy.copy(attn), mean_of_pairs(getattr(attn, name)(), source)
    vars(other)[name] = lambda: bias
    return other


def beit_first(block: nn.Module, x: Tensor, source: Tensor, shared_rel_pos_bias: Tensor | None = None) -> Tensor:
    shared = None if shared_rel_pos_bias is None else mean_of_pairs(shared_rel_pos_bias, source)
    own = block.attn.relative_position_bias_table is not None
    attn = with_bias(block.attn, "_get_rel_pos_bias", source) if own else block.attn
    return x + scaled(block, 1, attn(block.norm1(x), shared_rel_pos_bias=shared))


def relpos(block: nn.Module, x: Tensor, source: Tensor, shared: Tensor | None) -> Tensor:
    shared, attn = None if shared is None else mean_of_pairs(shared, source), block.attn
    if attn.rel_pos is not None:
        attn = copy.copy(attn)
        attn._modules = {**attn._modules, "rel_pos": with_bias(attn.rel_pos, "get_bias", source)}
    return attn(x, shared_rel_pos=shared)


def relpos_first(block: nn.Module, x: Tensor, source: Tensor, shared_rel_pos: Tensor | None = None) -> Tensor:
    return x + block.ls1(relpos(block, block.norm1(x), source, shared_rel_pos))


def relpos_norm_after(block: nn.Module, x: Tensor, source: Tensor, shared_rel_pos: Tensor | None = None) -> Tensor:
    return x + block.norm1(relpos(block, x, source, shared_rel_pos))


def norm_after(block: nn.Module, x: Tensor, source: Tensor, **options: Any) -> Tensor:
    return x + block.norm1(block.attn(x, **options | {"attn_mask": (source >= 0)[:, None, None]}))


def mlp(block: nn.Module, x: Tensor) -> Tensor:
    return x + scaled(block, 2, block.mlp(block.norm2(x)))


def mlp_norm_after(block: nn.Module, x: Tensor) -> Tensor:
    return x + block.norm2(block.mlp(x))


def side_by_side(block: nn.Module, x: Tensor, source: Tensor) -> Tensor:
    alive = (source >= 0)[:, None, None]
    return x + sum(branch.ls(branch.attn(branch.norm(x), attn_mask=alive)) for branch in block.attns)


def mlps_side_by_side(block: nn.Module, x: Tensor) -> Tensor:
    return x + sum(branch(x) for branch in block.ffns)


def talking(block: nn.Module, x: Tensor, source: Tensor) -> Tensor:
    return x + scaled(block, 1, block.attn(block.norm1(x)))


def eva_first(block: nn.Module, x: Tensor, source: Tensor, rope: Any, attn_mask: None = None) -> Tensor:
    own = block.attn(block.norm1(x), rope=rope(source[:, block.attn.num_prefix_tokens :]))
    return x + scaled(block, 1, own)


def plain_first(block: nn.Module, x: Tensor, source: Tensor, attn_mask: None = None) -> Tensor:
    return x + scaled(block, 1, block.attn(block.norm1(x)))


def gemma_first(block: nn.Module, x: Tensor, source: Tensor, rope: Any, _: None, attn_mask: None) -> Tensor:
    return x + block.norm2(block.attn(block.norm1(x), *rope(source)))


def gemma_second(block: nn.Module, x: Tensor) -> Tensor:
    return x + block.norm4(block.mlp(block.norm3(x)))


def sam_first(block: nn.Module, x: Tensor, source: Tensor) -> Tensor:
    timms = vision_transformer_sam.get_decomposed_rel_pos_bias

    def bias(query: Tensor, *rest: Any) -> Tensor:
        each = timms(query, *rest).unflatten(0, (len(source), -1))
        return mean_of_pairs(each, source).flatten(0, 1)

    with mock.patch.object(vision_transformer_sam, "get_decomposed_rel_pos_bias", bias):
        return x + block.ls1(block.attn(block.norm1(x)))


HALVES = {
    vision_transformer.Block: (plain_first, mlp),
    eva.EvaBlock: (eva_first, mlp),
    deepseek_vit.DeepseekVitBlock: (eva_first, mlp),
    gemma4_vit.Gemma4Block: (gemma_first, gemma_second),
    vision_transformer_sam.Block: (sam_first, mlp),
    beit.Block: (beit_first, mlp),
    vision_transformer_relpos.RelPosBlock: (relpos_first, mlp),
    vision_transformer_relpos.ResPostRelPosBlock: (relpos_norm_after, mlp_norm_after),
    vision_transformer.ResPostBlock: (norm_after, mlp_norm_after),
    vision_transformer.ParallelThingsBlock: (side_by_side, mlps_side_by_side),
    cait.LayerScaleBlock: (talking, mlp),
    eva.EvaBlockPostNorm: (norm_after, mlp_norm_after),
}
"""Class of block → its two halves, before and after the merge"""


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
