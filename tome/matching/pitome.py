"""PiToMe: tokens with many similar tokens have high energy and merge; the rest is protected."""

import torch
import torch.nn.functional as F

from tome.matching.build import build_merge
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import pairwise

__all__ = ["match"]


def match(inputs: MatchInput) -> Matching:
    """PiToMe (Tran et al., arXiv 2405.16148): the 2r tokens of highest energy, split alternately by rank.

    The energy of a token is the mean of ELU(similarity − m) over all tokens, itself included; the margin m falls
    from 0.75 in the first block towards 0, and is meant for cosine.  Every A token joins its most similar B token, of
    equal ones the one of higher energy.
    Output order: prefix, protected tokens, B.  The authors' code takes a ratio of tokens to keep and switches to
    ranking by edges in half of the blocks; here r is ToMe's, and the paper's rule holds in every block.
    """
    similarity = finite(pairwise(inputs.feature[:, inputs.prefix :], inputs.metric), "feature")
    margin = 0.75 * (1 - inputs.layer / inputs.depth)
    energy = F.elu(similarity - margin).mean(-1)
    rank = energy.argsort(dim=1, descending=True, stable=True)
    a, b = rank[:, : 2 * inputs.r : 2], rank[:, 1 : 2 * inputs.r : 2]
    rows = similarity.gather(1, a[..., None].expand(-1, -1, inputs.free))
    choice = rows.gather(2, b[:, None].expand(-1, inputs.r, -1)).argmax(-1)
    own = torch.arange(inputs.free, device=a.device).expand(a.shape[0], -1)
    leader = own.scatter(1, a, b.gather(1, choice))
    in_b = torch.zeros_like(own).scatter(1, b, 1).bool()
    return build_merge(inputs, leader, similarity, last=in_b)
