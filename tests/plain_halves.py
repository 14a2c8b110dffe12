"""The same for blocks of another kind: timm's own forward, with blocks that stop between their two halves.

Each half is written down here once more, from timm's modules; between the halves each patch gets the mean of its
group.  A bias between two places becomes its mean over the pairs of places of two groups.
"""

import copy
from typing import Any

import torch
from timm.models import beit, cait, eva, vision_transformer, vision_transformer_relpos
from torch import Tensor, nn

from tome import Trace
from tome.forward.surgery import with_parts

__all__ = ["HALVES", "mean_of_groups", "paused", "scaled"]


def paused(model: nn.Module, images: Any, trace: Trace) -> Tensor:
    """What ``model`` gives with blocks that stop between their halves."""
    before = torch.arange(trace.n_in).expand(len(trace.source()), -1)
    blocks = []
    for layer, block in enumerate(model.blocks.children()):
        blocks.append(Paused(block, before, trace.source(layer)))
        before = trace.source(layer)
    return with_parts(model, {"blocks": nn.Sequential(*blocks)})(images)


class Paused(nn.Module):
    """A block whose patches are those of the groups ``before``, and of ``after`` from its middle on."""

    def __init__(self, block: nn.Module, before: Tensor, after: Tensor):
        super().__init__()
        self.block, self.before, self.after = block, before, after

    def forward(self, x: Tensor, **options: Any) -> Tensor:
        first, second = HALVES[type(self.block)]
        x = mean_of_groups(first(self.block, x, self.before, **options), self.after)
        return second(self.block, x)


def mean_of_groups(x: Tensor, source: Tensor) -> Tensor:
    """``x`` [B, N, C] with each token replaced by the mean over those of the same ``source`` [B, N]."""
    images = []
    for picture, groups in zip(x, source.tolist(), strict=True):
        members = [[other for other, its in enumerate(groups) if its == group] for group in groups]
        images.append(torch.stack([picture[alike].mean(0) for alike in members]))
    return torch.stack(images)


def scaled(block: nn.Module, branch: int, x: Tensor) -> Tensor:
    if hasattr(block, "ls1"):
        return (block.ls1 if branch == 1 else block.ls2)(x)
    gamma = block.gamma_1 if branch == 1 else block.gamma_2
    return x if gamma is None else x * gamma


def mean_of_pairs(table: Tensor, source: Tensor) -> Tensor:
    """``table`` [..., H, N, N] with each pair's entry replaced by the mean over the pairs of two groups: [B, H, N, N].

    Minus infinity where the key was dropped.
    """
    same = (source[:, :, None] == source[:, None]).float()
    average = (same / same.sum(-1, keepdim=True))[:, None]
    table = table.flatten(0, -3)
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


HALVES = {
    beit.Block: (beit_first, mlp),
    vision_transformer_relpos.RelPosBlock: (relpos_first, mlp),
    vision_transformer_relpos.ResPostRelPosBlock: (relpos_norm_after, mlp_norm_after),
    vision_transformer.ResPostBlock: (norm_after, mlp_norm_after),
    vision_transformer.ParallelThingsBlock: (side_by_side, mlps_side_by_side),
    cait.LayerScaleBlock: (talking, mlp),
    eva.EvaBlockPostNorm: (norm_after, mlp_norm_after),
}
"""Class of block → what it does before the merge and after it"""
