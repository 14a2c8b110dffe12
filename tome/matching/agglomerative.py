"""Agglomerative clustering: join the two closest clusters, r times."""

import numpy as np
import torch
from torch import Tensor

from tome.extras import needed
from tome.matching.build import build_merge, medoids
from tome.matching.match_input import Matching, MatchInput, finite, refuse_jit_trace
from tome.similarity import distance, pairwise

__all__ = ["match"]

hierarchy = needed("scipy.cluster.hierarchy", "scipy", "eval", "the algorithm agglomerative")


def match(inputs: MatchInput, *, linkage: str) -> Matching:
    """Agglomerative token clustering (ATC, Haurum et al., arXiv 2409.11923), one image after another.

    ``linkage`` says what the distance of two clusters is: the ``average``, largest (``complete``) or smallest
    (``single``) distance of their members.  Exactly r joins, where the authors' off-the-shelf code makes r − 1.
    Between equal distances scipy chooses, by the distances alone.
    """
    similarity = finite(pairwise(inputs.feature[:, inputs.prefix :], inputs.metric), "feature")
    label = _cluster(distance(similarity), inputs.r, linkage)
    return build_merge(inputs, medoids(label, inputs.free - inputs.r, similarity), similarity)


@torch.compiler.disable  # type: ignore[untyped-decorator]  # scipy is no graph
def _cluster(apart: Tensor, joins: int, linkage: str) -> Tensor:
    """Return the cluster of each token, long [B, n], after ``joins`` joins by the distances [B, n, n]."""
    refuse_jit_trace()
    upper = np.triu_indices(apart.shape[1], 1)
    label = [_joined(hierarchy.linkage(image[upper], linkage), joins) for image in apart.cpu().numpy()]
    return torch.from_numpy(np.stack(label)).to(apart.device)


def _joined(tree: np.ndarray, joins: int) -> np.ndarray:
    """Return labels, 0 … without gaps, after the first ``joins`` rows of scipy's linkage matrix ``tree`` [n − 1, 4]."""
    # Cutting by count, as scipy's fcluster does, leaves fewer clusters than asked where distances are equal.
    tokens = len(tree) + 1
    label = np.arange(tokens)
    for row in range(joins):
        label[np.isin(label, tree[row, :2])] = tokens + row
    return np.unique(label, return_inverse=True)[1]
