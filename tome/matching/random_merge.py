"""Random merging: the null hypothesis of every matching by similarity."""

import torch

from tome.matching.bipartite import join, sides, split
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import between

__all__ = ["match"]


def match(inputs: MatchInput) -> Matching:
    """Merge r random A tokens, each into a random B token, the same places in every image of a batch.

    A and B are those of bipartite matching.  The A tokens are drawn without replacement and the B tokens with it,
    so that several may join one; both depend on the seed and the layer only.  Edges carry their similarity, which
    decides nothing but their order.  Output order: prefix, rest of A, B.
    """
    finite(inputs.feature, "feature")
    (a, b), dice = split(inputs), inputs.generator()
    source = torch.randperm(len(a), generator=dice)[: inputs.r].to(a.device)
    destination = torch.randint(len(b), (inputs.r,), generator=dice).to(a.device)
    scores = between(inputs.feature, a[source], sides(inputs)[1], inputs.metric)
    close = scores.gather(2, destination[:, None].expand(scores.shape[0], -1, 1))[..., 0]
    similarity, order = close.sort(dim=1, descending=True, stable=True)
    edge = source.expand_as(order).gather(1, order)
    joined = destination.expand_as(order).gather(1, order)
    return Matching(join(inputs, len(a), a[edge], joined), a[edge], b[joined], similarity)
