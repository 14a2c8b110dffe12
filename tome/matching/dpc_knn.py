"""DPC-kNN: cluster centres are dense tokens that lie far from any denser one."""

import torch
from torch import Tensor

from tome.matching.build import build_merge
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import distance, pairwise

__all__ = ["match"]

NEIGHBOURS = 5


def match(inputs: MatchInput) -> Matching:
    """Density peaks by k nearest neighbours (DPC-kNN, as in TCFormer, Zeng et al., arXiv 2204.08680).

    The density is exp(− mean squared distance to the 5 nearest tokens, itself included) plus seeded noise below
    1e-6, distances divided by √D; a token's score is its density × its distance to the nearest denser token.  The
    N − r best are centres, every other token joins its nearest centre.  Tokens are averaged by size, where
    TCFormer learns a weight.
    """
    similarity = finite(pairwise(inputs.feature[:, inputs.prefix :], inputs.metric), "feature")
    apart = distance(similarity) / inputs.feature.shape[2] ** 0.5
    noise = 1e-6 * torch.rand(inputs.free, generator=inputs.generator()).to(apart)
    peak = _density_times_gap(apart, noise)
    centre = peak.argsort(dim=1, descending=True, stable=True)[:, : inputs.free - inputs.r].sort(dim=1).values
    nearest = apart.gather(2, centre[:, None].expand(-1, inputs.free, -1)).argmin(-1)
    leader = centre.gather(1, nearest).scatter(1, centre, centre)
    return build_merge(inputs, leader, similarity)


def _density_times_gap(apart: Tensor, noise: Tensor) -> Tensor:
    nearest = apart.topk(min(NEIGHBOURS, apart.shape[1]), dim=-1, largest=False).values
    density = torch.exp(-(nearest**2).mean(-1)) + noise
    denser = density[:, None, :] > density[:, :, None]
    gap = apart.masked_fill(~denser, float("inf")).amin(-1)
    # The densest token has no denser one: its distance is the largest of any two tokens.
    return density * torch.where(denser.any(-1), gap, apart.amax((1, 2))[:, None])
