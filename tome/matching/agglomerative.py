"""Agglomerative clustering: join the two closest clusters, r times."""

import numpy as np
import torch
from scipy.cluster.hierarchy import linkage as dendrogram

from tome.matching.build import medoids, merged
from tome.matching.match_input import Matching, MatchInput, finite
from tome.similarity import distance, pairwise

__all__ = ["run"]


def run(scene: MatchInput, linkage: str) -> Matching:
    """Agglomerative token clustering (ATC, Haurum et al., arXiv 2409.11923), one image after another.

    ``linkage`` says what the distance of two clusters is: the ``average``, largest (``complete``) or smallest
    (``single``) distance of their members.  Exactly r joins, where the authors' off-the-shelf code makes r − 1.
    Between equal distances scipy chooses, by the distances alone.
    """
    similarity = finite(pairwise(scene.feature[:, scene.prefix :], scene.metric), "feature")
    upper = np.triu_indices(scene.free, 1)
    apart = distance(similarity).cpu().numpy()
    label = np.stack([_joined(dendrogram(image[upper], linkage), scene.r) for image in apart])
    label = torch.from_numpy(label).to(similarity.device)
    return merged(scene, medoids(label, scene.free - scene.r, similarity), similarity)


def _joined(tree: np.ndarray, joins: int) -> np.ndarray:
    """Labels, 0 … without gaps, after the first ``joins`` rows of scipy's linkage matrix ``tree`` [n − 1, 4]."""
    # Cutting by count, as scipy's fcluster does, leaves fewer clusters than asked where distances are equal.
    tokens = len(tree) + 1
    label = np.arange(tokens)
    for row in range(joins):
        label[np.isin(label, tree[row, :2])] = tokens + row
    return np.unique(label, return_inverse=True)[1]
