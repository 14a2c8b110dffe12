"""scikit-learn's handwritten digits: real labels that need no download."""

import torch
import torch.nn.functional as F
from torch import Tensor

from tome.extras import needed

__all__ = ["COUNT", "digits"]

COUNT = 1797


def digits(size: int, train: int, test: int, seed: int = 0) -> tuple[tuple[Tensor, Tensor], tuple[Tensor, Tensor]]:
    """Return images [n, 1, size, size] with values 0 … 1, and labels [n], for training and for testing.

    The 8 × 8 originals are enlarged bilinearly.  ``seed`` decides the choice and order of the 1797 images;
    the test images are the same for every ``train``.
    """
    if train < 1 or test < 1 or train + test > COUNT:
        raise ValueError(f"train and test must be at least 1 and together at most {COUNT}; got {train} and {test}")
    bunch = needed("sklearn.datasets", "scikit-learn", "eval", "the set of digits").load_digits()
    order = torch.randperm(COUNT, generator=torch.Generator().manual_seed(seed))
    images, labels = torch.from_numpy(bunch.images).float()[:, None] / 16, torch.from_numpy(bunch.target).long()

    def take(indices: Tensor) -> tuple[Tensor, Tensor]:
        return F.interpolate(images[indices], (size, size), mode="bilinear"), labels[indices]

    return take(order[test : test + train]), take(order[:test])
