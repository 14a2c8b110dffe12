"""How the tokens of a group become one (ToMe, Table 1d)."""

import torch
from torch import Tensor

from tome.matching.scene import Matching

__all__ = ["combine"]


def combine(matching: Matching, x: Tensor, size: Tensor, rule: str) -> Tensor:
    """One value per group of ``x`` [B, N, C]: [B, n_out, C].

    ``weighted``: mean by size, the paper's choice.  ``mean``: each token counts once.  ``max``: channelwise
    maximum.  ``keep``: the destination as it was.
    """
    rule = matching.combine or rule
    if rule == "max":
        return matching.grouping.maximum(x)
    weight = size if rule == "weighted" else torch.ones_like(size)
    if rule == "keep":
        weight = weight.scatter(1, matching.source, 0.0)
    return matching.grouping.merge(x, weight)
