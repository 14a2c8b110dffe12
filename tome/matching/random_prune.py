"""Random pruning: the floor that any method should stand above."""

import torch

from tome.matching.build import pruned
from tome.matching.match_input import Matching, MatchInput, finite

__all__ = ["run"]


def run(scene: MatchInput) -> Matching:
    """Drop r random tokens (ToMe, Table 2), the same places in every image of a batch."""
    finite(scene.feature, "feature")
    kept = torch.ones(scene.free, dtype=torch.bool, device=scene.feature.device)
    kept[scene.draw_order()[: scene.r]] = False
    return pruned(scene, kept.expand(len(scene.feature), -1))
