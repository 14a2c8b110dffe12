"""Threshold merging: every edge above a similarity merges, so that busy images keep more tokens."""

import torch

from tome.grouping import Grouping
from tome.matching.bipartite import arrange, best_edges, sides, split
from tome.matching.match_input import NO_EDGE, Matching, MatchInput, finite, refuse_jit_trace
from tome.similarity import between, closest

__all__ = ["match"]


def match(inputs: MatchInput, *, threshold: float) -> Matching:
    """Merge along the edges of bipartite matching whose similarity is above ``threshold``, the r best at most.

    With learned thresholds this is the merging of LTMP (Bonnaerens & Dambre, arXiv 2307.10780).  ``threshold`` is in
    the units of the metric: a cosine, or minus a distance.  An image does not depend on its batch mates: images keep
    different numbers of tokens.  Output order: prefix, rest of A, B, padding.
    """
    refuse_jit_trace()
    best, choice = closest(between(inputs.feature, *sides(inputs), inputs.metric))
    finite(best, "feature")
    similarity, edge = best_edges(best, inputs.r)
    above = similarity > threshold
    merges = above.sum(1, keepdim=True)
    edges, fewest = int(merges.max()), int(merges.min())
    stays = torch.ones_like(choice, dtype=torch.bool).scatter(1, edge, ~above)
    first_b = inputs.prefix + choice.shape[1] - merges
    slot = torch.where(stays, inputs.prefix - 1 + stays.cumsum(1), first_b + choice)
    a, b = split(inputs)
    above, edge = above[:, :edges], edge[:, :edges]
    return Matching(
        grouping=Grouping(arrange(inputs, slot, first_b), inputs.feature.shape[1] - fewest),
        source=a[edge].masked_fill(~above, NO_EDGE),
        destination=b[choice.gather(1, edge)].masked_fill(~above, NO_EDGE),
        similarity=similarity[:, :edges].masked_fill(~above, float("-inf")),
    )
