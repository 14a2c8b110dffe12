"""MAE's masking, which is random pruning before the first block (He et al., arXiv 2111.06377)."""

import numpy as np

__all__ = ["KEPT", "mask"]

KEPT = 0.25
"""share of visible patches in every step of pre-training: 75 % are dropped"""


def mask(rows: int, columns: int, seed: int) -> np.ndarray:
    """Return the visible patches of one pre-training step: bool [rows, columns], a random quarter."""
    patches = rows * columns
    seen = np.zeros(patches, bool)
    seen[np.random.default_rng(seed).permutation(patches)[: int(KEPT * patches)]] = True
    return seen.reshape(rows, columns)
