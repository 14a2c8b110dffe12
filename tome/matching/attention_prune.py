"""Attention pruning: drop the tokens with the least class attention."""

import torch
from torch import Tensor

from tome.matching.build import build_prune
from tome.matching.match_input import Matching, MatchInput, finite

__all__ = ["least_attended", "match"]


def match(inputs: MatchInput) -> Matching:
    """Drop the r tokens with the least class attention, mean over heads (ToMe, Table 2); of equal ones the later."""
    finite(inputs.feature, "feature")
    return build_prune(inputs, ~least_attended(inputs.class_attention(), inputs.r), inputs.free - inputs.r)


def least_attended(attention: Tensor, count: int) -> Tensor:
    """Return the ``count`` lowest of ``attention`` [B, n] in each image, bool [B, n]; of equal ones the later."""
    last = attention.argsort(dim=1, descending=True, stable=True)[:, attention.shape[1] - count :]
    return torch.zeros_like(attention, dtype=torch.long).scatter(1, last, 1).bool()
