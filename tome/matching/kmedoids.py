"""k-medoids: N − r tokens represent all others, unchanged."""

from dataclasses import replace

import torch
from torch import Tensor

from tome.matching.build import build_merge, first_of
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import distance, pairwise

__all__ = ["match", "spread"]

ROUNDS = 3


def match(inputs: MatchInput) -> Matching:
    """k-medoids (Haurum et al., arXiv 2308.04657): the merged token is its medoid as it was.

    Starts at a random token and adds the farthest one from all chosen so far; then three rounds assign every token
    to its nearest medoid and move each medoid to the member with the least total distance.  Members count by their
    sizes, where the paper uses class attention, so that models without a class token are served.  The authors' code
    starts otherwise, each time with the token farthest from any chosen one instead of from all, and measures a
    candidate against all tokens instead of its cluster: with both changed, the groups are theirs.
    """
    similarity = finite(pairwise(inputs.feature[:, inputs.prefix :], inputs.metric), "feature")
    apart, groups = distance(similarity), inputs.free - inputs.r
    weight = inputs.size[:, None, inputs.prefix :].to(apart.dtype)
    medoid = spread(apart, int(inputs.draw_order()[0]), groups)
    own = torch.arange(groups, device=medoid.device).expand_as(medoid)
    for _ in range(ROUNDS):
        nearest = apart.gather(2, medoid[:, None].expand(-1, inputs.free, -1)).argmin(-1)
        label = nearest.scatter(1, medoid, own)  # of equal tokens each medoid still leads its own group
        together = label[:, :, None] == label[:, None, :]
        cost = (apart * together * weight).sum(-1)
        medoid = first_of(label, groups, cost.argsort(dim=1, stable=True))
    return replace(build_merge(inputs, medoid.gather(1, label), similarity), combine="keep")


def spread(apart: Tensor, start: int, count: int) -> Tensor:
    """``count`` tokens [B, count]: ``start``, then each time the token farthest from all chosen ones, ties earlier."""
    image = torch.arange(apart.shape[0], device=apart.device)
    nearest = torch.full_like(apart[:, 0], float("inf"))
    chosen = [torch.full_like(image, start)]
    for _ in range(count - 1):
        nearest = torch.minimum(nearest, apart[image, chosen[-1]])
        nearest[image, chosen[-1]] = -1
        chosen.append(nearest.argmax(1))
    return torch.stack(chosen, 1)
