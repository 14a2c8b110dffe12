"""Greedy matching: take the most similar pair of all, r times, each token at most once."""

import torch

from tome.matching.build import build_merge
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import pairwise

__all__ = ["match"]


def match(inputs: MatchInput) -> Matching:
    """Greedy matching (ToMe, Table 2), over all tokens: no split into A and B.

    Of a pair the earlier token represents both.  Ties go to the pair with the earlier token, then to the earlier
    partner.  The paper does not say whether a merged pair may be chosen again; here it may not, so that one block
    removes at most half of the tokens, as bipartite matching does.
    """
    similarity = finite(pairwise(inputs.feature[:, inputs.prefix :], inputs.metric), "feature")
    batch, free, _ = similarity.shape
    image = torch.arange(batch, device=similarity.device)
    later = torch.ones(free, free, dtype=torch.bool, device=similarity.device).triu(1)
    open_pairs = similarity.masked_fill(~later, float("-inf"))
    leader = torch.arange(free, device=similarity.device).repeat(batch, 1)
    for _ in range(inputs.r):
        best = open_pairs.flatten(1).argmax(1)
        first, second = best // free, best % free
        leader[image, second] = first
        for token in (first, second):
            open_pairs[image, token] = float("-inf")
            open_pairs[image, :, token] = float("-inf")
    return build_merge(inputs, leader, similarity)
