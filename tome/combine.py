"""Combine the tokens of a group into one (ToMe, Table 1d, and the rules of other methods)."""

import torch
from torch import Tensor

from tome.grouping import Grouping
from tome.matching.match_input import Matching

__all__ = ["combine"]

RULES = ("weighted", "mean", "max", "keep", "sum", "norm")


def combine(matching: Matching, x: Tensor, size: Tensor, rule: str, total: Tensor | None = None) -> Tensor:
    """Return one value per group of ``x`` [B, N, C]: [B, n_out, C].

    ``weighted``: mean by size, the paper's choice.  ``mean``: each token counts once.  ``max``: channelwise
    maximum.  ``keep``: the destination as it was.  Only a matching prescribes the others.  ``sum``: sum by
    ``matching.weight`` (EViT).  ``norm``: the direction of the mean by size, as long as the longest member (ToFu).
    ``total`` is the size of each group, if the caller has it already.
    """
    rule, grouping = matching.combine or rule, matching.grouping
    if rule not in RULES:
        raise ValueError(f"rule must be one of {', '.join(RULES)}; got {rule!r}")
    if rule == "max":
        return grouping.maximum(x)
    if rule == "norm":
        return _keep_norm(grouping, x, size)
    if rule == "sum":
        if matching.weight is None:
            raise ValueError("weight of a matching must be given where its rule is 'sum'; got None")
        return grouping.merge(x, matching.weight, normalise=False)
    if rule == "weighted":
        return grouping.merge(x, size, total=total)
    weight = torch.ones_like(size)
    if rule == "keep":
        # In an image without edges the first token keeps its value.
        left = (matching.source < 0).to(weight.dtype)
        weight = weight.scatter_reduce(1, matching.source.clamp_min(0), left, "amin")
    return grouping.merge(x, weight)


def _keep_norm(grouping: Grouping, x: Tensor, size: Tensor) -> Tensor:
    wide = x.to(torch.promote_types(x.dtype, torch.float32))
    mean = grouping.merge(wide, size)
    longest = grouping.maximum(wide.norm(dim=-1, keepdim=True))
    length = mean.norm(dim=-1, keepdim=True)
    # Opposite tokens have no mean direction: their mean stays 0.
    kept: Tensor = mean * (longest / length.masked_fill(length == 0, 1))
    return kept.to(x.dtype)
