"""Random pruning: the baseline that any method should exceed."""

import torch

from tome.matching.build import build_prune
from tome.matching.match_input import Matching, MatchInput, finite

__all__ = ["match"]


def match(inputs: MatchInput) -> Matching:
    """Drop r random tokens (ToMe, Table 2), the same places in every image of a batch."""
    finite(inputs.feature, "feature")
    kept = torch.ones(inputs.free, dtype=torch.bool, device=inputs.feature.device)
    kept[inputs.draw_order()[: inputs.r]] = False
    return build_prune(inputs, kept.expand(inputs.feature.shape[0], -1), inputs.free - inputs.r)
