"""Spectral clustering: the normalised cut of the tokens' similarity graph into N − r parts."""

import torch
from torch import Tensor

from tome.matching.build import build_merge, medoids
from tome.matching.kmeans import cluster
from tome.matching.kmedoids import spread
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import distance, pairwise, unit

__all__ = ["match"]

ROUNDS = 5


def match(inputs: MatchInput) -> Matching:
    """Normalised cut (Shi & Malik 2000), relaxed as by Ng, Jordan & Weiss (2001).

    Tokens are placed by the N − r leading eigenvectors of the normalised graph, scaled to unit length, and clustered
    by five rounds of spherical k-means, which starts at tokens far from each other.  Weights are exp(−(d / σ)²), as
    Shi and Malik have them, with σ the mean distance to the nearest neighbour: at so many groups only close tokens
    may join.
    """
    similarity = finite(pairwise(inputs.feature[:, inputs.prefix :], inputs.metric), "feature")
    groups = inputs.free - inputs.r
    place = embed(distance(similarity).cpu().double(), groups)
    start = spread(distance(pairwise(place, "cosine")), int(inputs.draw_order()[0]), groups)
    label = cluster(place, torch.ones_like(place[..., 0]), start, "cosine", ROUNDS).to(similarity.device)
    return build_merge(inputs, medoids(label, groups, similarity), similarity)


def embed(apart: Tensor, groups: int) -> Tensor:
    """Unit vectors [B, n, groups] from the distances [B, n, n]: tokens that the cut should not part lie close."""
    alone = torch.eye(apart.shape[1], dtype=torch.bool, device=apart.device)
    nearest = apart.masked_fill(alone, float("inf")).amin(-1).mean(-1)[:, None, None]
    # If every token has a duplicate, the scale is 0: any other value will do.
    weight = torch.exp(-((apart / nearest.clamp_min(1e-6)) ** 2))
    scale = weight.sum(-1).rsqrt()
    vectors = torch.linalg.eigh(scale[:, :, None] * weight * scale[:, None, :]).eigenvectors
    return unit(vectors[..., -groups:])
