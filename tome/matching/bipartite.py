"""Bipartite soft matching: every A token points to its most similar B token; the r best edges merge."""

import torch
from torch import Tensor

from tome.grouping import Grouping
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import between

__all__ = ["join", "run", "sides", "split"]


def run(scene: MatchInput) -> Matching:
    """Bipartite soft matching (ToMe, section 3.1).

    Several A tokens may choose the same B token.  Ties go to the earlier token, so that runs repeat.
    """
    best, choice = between(scene.feature, *sides(scene), scene.metric).max(-1)
    finite(best, "feature")
    edge = best.argsort(dim=-1, descending=True, stable=True)[:, : scene.r]
    a, b = split(scene)
    return Matching(
        grouping=join(scene, edge, choice),
        source=a[edge],
        destination=b[choice.gather(1, edge)],
        similarity=best.gather(1, edge),
    )


def split(scene: MatchInput) -> tuple[Tensor, Tensor]:
    """Positions of the A and of the B tokens, prefix excluded; A is never the smaller half by more than one.

    ``alternating``: even positions are A, as in the paper, where the class token at position 0 thereby can never
    be a destination.  ``sequential``: the first half is A.  ``random``: half of the tokens, by seed and layer.
    """
    places = torch.arange(scene.feature.shape[1], device=scene.feature.device)
    a, b = sides(scene)
    return places[a], places[b]


def sides(scene: MatchInput) -> tuple[slice | Tensor, slice | Tensor]:
    """``split`` as what indexes the tokens: slices where they will do, since these copy nothing."""
    first, tokens = scene.prefix, scene.feature.shape[1]
    if scene.partition == "alternating":
        odd = first % 2
        return slice(first + odd, None, 2), slice(first + 1 - odd, None, 2)
    if scene.partition == "random":
        half, free = scene.free // 2, scene.draw_order() + first
        return free[half:].sort().values, free[:half].sort().values
    middle = tokens - scene.free // 2
    return slice(first, middle), slice(middle, None)


def join(scene: MatchInput, edge: Tensor, choice: Tensor) -> Grouping:
    """The grouping that sends the A tokens ``edge`` [B, r] to their ``choice`` in B; order: prefix, rest of A, B.

    ``choice`` [B, A] counts the tokens of B; only that of an ``edge`` matters.
    """
    a, b = sides(scene)
    batch, tokens, _ = scene.feature.shape
    stays = torch.ones_like(choice, dtype=torch.bool).scatter_(1, edge, False)
    first_b = scene.prefix + choice.shape[1] - edge.shape[1]
    group = torch.arange(tokens, device=choice.device).repeat(batch, 1)
    group[:, b] = torch.arange(first_b, tokens - edge.shape[1], device=choice.device)
    group[:, a] = torch.where(stays, scene.prefix - 1 + stays.cumsum(1), first_b + choice)
    return Grouping(group, tokens - edge.shape[1])
