"""Settings that change nothing under an algorithm."""

from tome.config import MergeConfig
from tome.matching import ALGORITHMS

__all__ = ["MERGING", "without_effect"]

COMPARED = ("partition", "feature", "metric", "heads")
MERGED = ("combine", "proportional_attention")
"""without effect where no token is merged: all sizes are 1"""
MERGING = tuple(name.replace("_", " ") for name in (*COMPARED, *MERGED))
"""settings of merges, by their names in captions and tables"""
PRUNED = {
    "random_prune": COMPARED,
    "attention_prune": (*COMPARED, "seed"),
    "dynamic_prune": (*COMPARED, "seed"),
}
"""what our own algorithms that prune do not read; those of other packages may compare tokens"""


def without_effect(config: MergeConfig) -> frozenset[str]:
    """Return the fields of ``config`` that change nothing under its algorithm."""
    if ALGORITHMS[config.algorithm].kind != "prune":
        return frozenset()
    return frozenset((*MERGED, *PRUNED.get(config.algorithm, ())))
