"""MAE's masking, which is random pruning before the first block (He et al., arXiv 2111.06377)."""

import numpy as np

__all__ = ["KEPT", "mask"]

KEPT = 0.25
"""of the patches, in every step of pre-training: 75 % are dropped"""


def mask(rows: int, columns: int, seed: int) -> np.ndarray:
    """Which patches the encoder sees in one step of pre-training: bool [rows, columns], a quarter of them, at random."""
    patches = rows * columns
    seen = np.zeros(patches, bool)
    seen[np.random.default_rng(seed).permutation(patches)[: int(KEPT * patches)]] = True
    return seen.reshape(rows, columns)
