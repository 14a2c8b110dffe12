"""Adjacent merging: only neighbours in token order merge, along time or along a text."""

import torch
from torch import Tensor

from tome.matching.build import build_merge
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import pairwise

__all__ = ["match"]


def match(inputs: MatchInput) -> Matching:
    """Merge r pairs of neighbours, the most similar first, each token at most once (after A-ToMe, arXiv 2306.16009).

    A pair is two tokens that follow each other; the end of a row of patches and the start of the next do too.  A pair
    that would leave fewer than r pairs possible is passed over.  Of a pair the earlier token represents both; of
    equally similar pairs the earlier one merges.  Output order: prefix, then the tokens in input order.
    """
    similarity = finite(pairwise(inputs.feature[:, inputs.prefix :], inputs.metric), "feature")
    open_pairs = similarity.diagonal(offset=1, dim1=1, dim2=2).clone()
    batch, free, _ = similarity.shape
    place = torch.arange(free, device=similarity.device)
    leader = place.repeat(batch, 1)
    # Runs of tokens that are still single: where each token's run starts, and where it ends.
    start, end = torch.zeros_like(leader), torch.full_like(leader, free)
    spare = torch.full_like(leader[:, :1], free // 2 - inputs.r)
    for _ in range(inputs.r):
        wasteful = _wasteful(start, end, place)
        first = open_pairs.masked_fill(wasteful & (spare == 0), float("-inf")).argmax(1, keepdim=True)
        spare = spare - wasteful.gather(1, first).long()
        leader = leader.scatter(1, first + 1, first)
        open_pairs = open_pairs.masked_fill((place[:-1] - first).abs() <= 1, float("-inf"))
        run = start == start.gather(1, first)
        end = torch.where(run & (place < first), first, end)
        start = torch.where(run & (place > first + 1), first + 2, start)
    return build_merge(inputs, leader, similarity)


def _wasteful(start: Tensor, end: Tensor, place: Tensor) -> Tensor:
    """Return whether the pair of each token and the next cuts an even run into two odd ones, which costs a pair."""
    even_run, odd_place = (end - start) % 2 == 0, (place - start) % 2 == 1
    return (even_run & odd_place)[:, :-1]
