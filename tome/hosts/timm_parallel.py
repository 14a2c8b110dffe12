"""timm's ParallelThingsBlock: several attentions side by side, then several MLPs, with one merge between them."""

from typing import TYPE_CHECKING, Any

import torch
from timm.models.vision_transformer import ParallelThingsBlock
from torch import Tensor, nn

from tome.hosts.protocol import Heads

if TYPE_CHECKING:
    from tome.hosts.timm_vit import TimmViT

__all__ = ["attend", "attentions", "heads", "is_group", "mlp"]


def is_group(block: Any) -> bool:
    """Return whether ``block`` holds several attentions side by side."""
    return isinstance(block, ParallelThingsBlock)


def attentions(block: Any) -> list[nn.Module]:
    """Return every attention of ``block``.  Raises TypeError for hooks on them, which would not fire."""
    if not is_group(block):
        return [block.attn] if hasattr(block, "attn") else []
    found = [branch.attn for branch in block.attns]
    if any(part._forward_hooks or part._forward_pre_hooks for branch in block.attns for part in (branch, branch.attn)):
        raise TypeError(f"model must have no hooks on the attentions of a {type(block).__name__}: they run as one")
    return found


def heads(host: "TimmViT", branches: Any, x: Tensor) -> Heads:
    """Return the heads of all attentions, concatenated: tokens are compared by all of them."""
    parts = [host.heads(branch.attn, branch.norm(x)) for branch in branches]
    return {name: torch.cat([part[name] for part in parts], 1) for name in parts[0]}


def attend(host: "TimmViT", branches: Any, heads: Heads, mask: Tensor | None) -> Tensor:
    """Return the sum of the attentions; ``heads`` are those of all, equally many each."""
    parts = zip(*(part.chunk(len(branches), 1) for part in heads.values()), strict=True)
    own = [dict(zip(heads, part, strict=True)) for part in parts]
    outs = [host.attend(branch.attn, part, mask) for branch, part in zip(branches, own, strict=True)]
    return _total([branch.drop_path(branch.ls(out)) for branch, out in zip(branches, outs, strict=True)])


def mlp(block: Any, x: Tensor) -> Tensor:
    """Return the sum of the MLPs of ``block``."""
    return _total([branch(x) for branch in block.ffns])


def _total(parts: list[Tensor]) -> Tensor:
    return torch.stack(parts).sum(0)
