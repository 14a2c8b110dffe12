"""Build a Matching from representatives or from a mask of kept tokens."""

import torch
from torch import Tensor

from tome.grouping import DROPPED, Grouping
from tome.matching.match_input import Matching, MatchInput

__all__ = ["build_merge", "build_prune", "first_of", "medoids"]


def build_merge(inputs: MatchInput, leader: Tensor, similarity: Tensor, last: Tensor | None = None) -> Matching:
    """Merge every free token with its representative, ``leader`` [B, n]; indices count free tokens from 0.

    A representative is its own leader; every image must have n − r of them.  ``similarity`` is [B, n, n].
    Output order: prefix, then the groups by the position of their representative, those in ``last`` [B, n] at the
    end.  Edges run from every other token to its representative; of two equally similar ones the earlier comes first.

    Examples:
        >>> inputs = tome.MatchInput(torch.eye(3)[None], size=torch.ones(1, 3), r=1, prefix=0)
        >>> tome.matching.build.build_merge(inputs, torch.tensor([[0, 0, 2]]), torch.eye(3)[None]).grouping.group.tolist()
        [[0, 0, 1]]
    """
    batch, free = leader.shape
    own = torch.arange(free, device=leader.device)
    follows = leader != own
    place = own.expand(batch, free) + follows * (2 * free)
    place = place if last is None else place + last * free
    slot = place.argsort(1).argsort(1).gather(1, leader)
    prefix = torch.arange(inputs.prefix, device=leader.device).expand(batch, -1)
    close = similarity.gather(2, leader[..., None])[..., 0].masked_fill(~follows, float("-inf"))
    edge = close.argsort(dim=1, descending=True, stable=True)[:, : inputs.r]
    return Matching(
        grouping=Grouping(torch.cat([prefix, inputs.prefix + slot], 1), inputs.prefix + free - inputs.r),
        source=inputs.prefix + edge,
        destination=inputs.prefix + leader.gather(1, edge),
        similarity=close.gather(1, edge),
    )


def build_prune(inputs: MatchInput, kept: Tensor, left: int | None = None) -> Matching:
    """Drop every free token outside ``kept``, bool [B, n]; each image has ``left`` kept tokens, or fewer.

    Output order: prefix, kept tokens in input order, then padding if other images kept more.  There are no edges.

    Examples:
        >>> inputs = tome.MatchInput(torch.eye(3)[None], size=torch.ones(1, 3), r=1, prefix=0)
        >>> tome.matching.build.build_prune(inputs, torch.tensor([[True, False, True]])).grouping.group.tolist()
        [[0, -1, 1]]
    """
    left = int(kept.sum(1).max()) if left is None else left  # asking a tensor stops a graph, and a GPU waits
    slot = torch.where(kept, inputs.prefix - 1 + kept.cumsum(1), DROPPED)
    prefix = torch.arange(inputs.prefix, device=kept.device).expand(kept.shape[0], -1)
    none = prefix.new_empty(kept.shape[0], 0)
    grouping = Grouping(torch.cat([prefix, slot], 1), inputs.prefix + left)
    return Matching(grouping, none, none, inputs.feature.new_empty(kept.shape[0], 0))


def first_of(label: Tensor, groups: int, order: Tensor) -> Tensor:
    """Return the member of each group that comes first in ``order``: [B, groups].

    ``label`` [B, n] is the group of each token, none empty; ``order`` [B, n] lists the tokens, best first.
    """
    place = order.argsort(1)
    best = place.new_full((label.shape[0], groups), place.shape[1]).scatter_reduce(1, label, place, "amin")
    return order.gather(1, best)


def medoids(label: Tensor, groups: int, similarity: Tensor) -> Tensor:
    """Return the medoid of each token's group: the member most similar to the rest, ties to the earlier.

    ``label`` [B, n] holds 0 … groups − 1, none empty; ``similarity`` [B, n, n].
    """
    together = (label[:, :, None] == label[:, None, :]).to(similarity.dtype)
    together.diagonal(dim1=1, dim2=2).zero_()
    order = (similarity * together).sum(-1).argsort(dim=1, descending=True, stable=True)
    return first_of(label, groups, order).gather(1, label)
