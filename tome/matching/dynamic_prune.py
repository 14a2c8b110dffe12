"""Dynamic pruning: each image keeps the tokens that hold a fixed share of its class attention."""

import torch
import torch.nn.functional as F

from tome.matching.build import build_prune
from tome.matching.match_input import Matching, MatchInput, finite, refuse_jit_trace

__all__ = ["match"]


def match(inputs: MatchInput) -> Matching:
    """Content-dependent pruning in the manner of DynamicViT (Rao et al., arXiv 2106.02034), without training.

    Each image keeps its most attended tokens until they hold a share of its class attention; a busy picture keeps
    more than a plain one.  The share is one number for the batch, set so that the batch loses r tokens per image on
    average, never more than half: so a batch is not the same as its images one by one, and one image alone loses
    exactly r.  DynamicViT learns the score instead, and prunes before the block.

    Images with fewer tokens end in padding: slots of size 0, which the next block must mask in attention.
    """
    refuse_jit_trace()
    finite(inputs.feature, "feature")
    attention = inputs.class_attention().clamp_min(1e-30)  # all zero would be no share at all
    alive = inputs.size[:, inputs.prefix :] > 0
    order = attention.masked_fill(~alive, -1).argsort(dim=1, descending=True, stable=True)
    ranked, present = attention.gather(1, order), alive.gather(1, order)
    held = (ranked * present).cumsum(1)
    share = (F.pad(held, (1, -1)) / held[:, -1:]).masked_fill(~present, float("inf"))
    count = alive.sum(1)
    keep = int(count.sum()) - min(inputs.r * len(count), int((count // 2).sum()))
    # Ranks before images: at equal shares no image is served twice before another is served once.
    first = share.T.flatten().argsort(stable=True)[:keep]
    chosen = torch.zeros_like(present.T.flatten()).scatter(0, first, True).view_as(present.T).T
    return build_prune(inputs, torch.zeros_like(alive).scatter(1, order, chosen))
