"""Optimal one-to-one matching: the r edges between A and B, no token twice, with the largest total similarity."""

import numpy as np
import torch
from torch import Tensor

from tome.extras import needed
from tome.matching.bipartite import join, sides, split
from tome.matching.match_input import Matching, MatchInput, finite, refuse_jit_trace
from tome.similarity import between

__all__ = ["match"]

optimize = needed("scipy.optimize", "scipy", "eval", "the algorithm optimal")


def match(inputs: MatchInput) -> Matching:
    """Optimal assignment with exactly r edges on ToMe's split into A and B.

    Output order: prefix, rest of A, B, as in bipartite matching; here no two A tokens share a B token.  Where two
    assignments are equally good, scipy's choice is taken, which depends on nothing but the similarities.
    """
    a, b = split(inputs)
    similarity = finite(between(inputs.feature, *sides(inputs), inputs.metric), "feature")
    row, column = _edges(similarity, inputs.r).unbind(1)
    value = similarity.flatten(1).gather(1, row * len(b) + column)
    value, order = value.sort(dim=1, descending=True, stable=True)
    row, column = row.gather(1, order), column.gather(1, order)
    return Matching(join(inputs, len(a), a[row], column), a[row], b[column], value)


@torch.compiler.disable  # type: ignore[untyped-decorator]  # scipy is no graph
def _edges(similarity: Tensor, r: int) -> Tensor:
    """Return rows and columns, long [B, 2, r], of the best r edges of ``similarity`` [B, A, B]."""
    refuse_jit_trace()
    pairs = np.stack([_assign(image, r) for image in similarity.cpu().double().numpy()])
    return torch.from_numpy(pairs).to(similarity.device)


def _assign(profit: np.ndarray, r: int) -> np.ndarray:
    """Return rows and columns, [2, r], of the best r edges of ``profit`` [A, B].

    The best r edges of a full assignment are not the best assignment of r edges.  So A − r dummy columns are
    added, each worth more than any real edge: all of them are taken, and r rows are left for the real ones.
    """
    dummy = np.full((len(profit), len(profit) - r), profit.max() + 1 + np.ptp(profit))
    row, column = optimize.linear_sum_assignment(np.hstack([profit, dummy]), maximize=True)
    real = column < profit.shape[1]
    return np.stack([row[real], column[real]])
