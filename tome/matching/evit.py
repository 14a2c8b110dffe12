"""EViT: the least attended tokens are fused into one."""

from dataclasses import replace

import torch

from tome.matching.attention_prune import least_attended
from tome.matching.build import build_merge
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import pairwise

__all__ = ["match"]


def match(inputs: MatchInput) -> Matching:
    """EViT (Liang et al., arXiv 2202.07800): the r + 1 least attended tokens become one, so that r are gone.

    The fused token is their sum weighted by raw class attention: the weights do not add up to 1.  It comes last in
    the output and competes like any other token in later blocks.  It counts the patches of all its tokens, which the
    paper, having no sizes, does not do.  Edges run to the fused token that has the most attention.
    """
    similarity = finite(pairwise(inputs.feature[:, inputs.prefix :], inputs.metric), "feature")
    attention = inputs.class_attention()
    fused = least_attended(attention, inputs.r + 1)
    best = attention.masked_fill(~fused, -1).argmax(1, keepdim=True)
    own = torch.arange(inputs.free, device=best.device)
    matching = build_merge(inputs, torch.where(fused, best, own), similarity, last=fused)
    weight = torch.ones_like(inputs.size)
    weight[:, inputs.prefix :] = torch.where(fused, attention.to(weight.dtype), 1)
    return replace(matching, combine="sum", weight=weight)
