"""k-means: N − r clusters, a few rounds of assigning and averaging."""

import torch
from torch import Tensor

from tome.grouping import Grouping
from tome.matching.build import build_merge, medoids
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import pairwise, score, unit

__all__ = ["cluster", "match"]


def match(inputs: MatchInput, *, iterations: int) -> Matching:
    """k-means (ToMe, Table 2): ``iterations`` rounds, each assigning tokens and then averaging by size.

    The paper gives neither its start nor its rule for empty clusters.  Here clusters start at randomly drawn tokens,
    and an empty one takes the token that fits its own cluster worst, so that exactly N − r tokens remain.  For
    ``cosine`` the features are brought to unit length first (spherical k-means).
    """
    if iterations < 1:
        raise ValueError(f"iterations must be at least 1; got {iterations}")
    x = inputs.feature[:, inputs.prefix :]
    similarity = finite(pairwise(x, inputs.metric), "feature")
    if inputs.metric == "cosine":
        x = unit(x)
    start = inputs.draw_order()[: inputs.free - inputs.r].sort().values.expand(x.shape[0], -1)
    label = cluster(x, inputs.size[:, inputs.prefix :], start, inputs.metric, iterations)
    return build_merge(inputs, medoids(label, start.shape[1], similarity), similarity)


def cluster(x: Tensor, weight: Tensor, start: Tensor, metric: str, iterations: int) -> Tensor:
    """Return the cluster of each token of ``x`` [B, n, D], long [B, n], none empty, from the centres ``start`` [B, k].

    Centres are means by ``weight`` [B, n].
    """
    groups = start.shape[1]
    centre = x.gather(1, start[..., None].expand(-1, -1, x.shape[2]))
    for later in reversed(range(iterations)):
        closeness, label = score(x, centre, metric).max(-1)
        label = _fill(label, closeness, groups)
        if later:
            centre = Grouping(label, groups).merge(x, weight)
    return label


def _fill(label: Tensor, closeness: Tensor, groups: int) -> Tensor:
    """Give each empty cluster one token: the one farthest from its centre, but never the closest of a cluster."""
    place = closeness.argsort(dim=1, descending=True, stable=True).argsort(1)
    members = Grouping(label, groups).sum(torch.ones_like(label))
    best = place.new_full(members.shape, label.shape[1]).scatter_reduce(1, label, place, "amin")
    spare = place != best.gather(1, label)
    # Spare tokens, the least close first, go to the empty clusters in order.
    turn = (place + label.shape[1] * spare).argsort(dim=1, descending=True).argsort(1)
    empty = (members == 0).to(torch.uint8)
    taker = empty.argsort(dim=1, descending=True, stable=True).gather(1, turn.clamp_max(groups - 1))
    return torch.where(turn < empty.sum(1, keepdim=True), taker, label)
