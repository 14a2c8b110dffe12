"""Classifiers on frozen features: nearest neighbours and a linear probe."""

import torch
import torch.nn.functional as F
from torch import Tensor

from tome.extras import needed

__all__ = ["mean_average_precision", "nearest", "probe"]


def nearest(bank: Tensor, labels: Tensor, queries: Tensor, k: int = 10) -> Tensor:
    """Label ``queries`` [Q, C] by a vote of the ``k`` nearest of ``bank`` [N, C] by cosine.

    Votes are weighted by exp(cosine / 0.07), as in DINO's evaluation; ties go to the smaller label.
    """
    if not 1 <= k <= len(bank):
        raise ValueError(f"k must be between 1 and the {len(bank)} images of the bank; got {k}")
    bank, found = F.normalize(bank, dim=1), []
    for chunk in F.normalize(queries, dim=1).split(1024):
        similarity, index = (chunk @ bank.T).topk(k, dim=1)
        votes = similarity.new_zeros(len(chunk), int(labels.max()) + 1)
        found.append(votes.scatter_add_(1, labels[index], (similarity / 0.07).exp()).argmax(1))
    return torch.cat(found)


def probe(bank: Tensor, labels: Tensor, queries: Tensor) -> Tensor:
    """Label ``queries`` [Q, C] by logistic regression on ``bank`` [N, C], features standardised: [Q]."""
    linear = needed("sklearn.linear_model", "scikit-learn", "eval", "a linear probe")
    mean, deviation = bank.mean(0), bank.std(0, correction=0)
    deviation = deviation.masked_fill(deviation == 0, 1)
    bank, queries = ((x - mean) / deviation for x in (bank, queries))
    model = linear.LogisticRegression(C=0.1, max_iter=1000).fit(bank.numpy(), labels.numpy())
    return torch.from_numpy(model.predict(queries.numpy()))


def mean_average_precision(scores: Tensor, labels: Tensor) -> float:
    """Return the mean over classes of the average precision over samples: AudioSet's measure, 0 … 1.

    ``scores`` and ``labels`` (0 or 1) are [N, classes].  Classes without samples are left out.  Raises ValueError
    if there are no labels at all.
    """
    present = labels.any(0)
    if not present.any():
        raise ValueError("labels must name at least one class; no sample has any")
    metrics = needed("sklearn.metrics", "scikit-learn", "eval", "mean average precision")
    return float(
        metrics.average_precision_score(labels[:, present].numpy(), scores[:, present].numpy(), average="macro")
    )
