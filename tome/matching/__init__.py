"""The matching algorithms, by name.  Adding one is a file here, a line in ``ALGORITHMS`` and an oracle in the tests."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from typing import Any

__all__ = ["ALGORITHMS", "Algorithm"]


@dataclass(frozen=True)
class Algorithm:
    """How one block decides which tokens become one.

    ``kind`` is merge, prune or hybrid.  ``steps`` says in words how many sequential steps a block needs; ``batches``
    whether every image of a batch keeps the same number of tokens and is matched at once.  ``note``, for users, is
    one sentence: what it does, and how it differs from its paper.
    """

    module: str
    kind: str
    paper: str
    label: str
    note: str
    steps: str = "one"
    batches: bool = True
    needs_class_token: bool = False
    params: Mapping[str, Any] = field(default_factory=dict, hash=False)
    """what tells two names of one module apart"""

    @property
    def run(self) -> Callable:
        """``run(scene: MatchInput) -> Matching``: a pure function."""
        # Imported on first use, so that names and papers are there before torch is.
        run = import_module(f"tome.matching.{self.module}").run
        return partial(run, **self.params) if self.params else run


ALGORITHMS: dict[str, Algorithm] = {
    "bipartite": Algorithm(
        "bipartite",
        "merge",
        "ToMe, Bolya et al., arXiv 2210.09461, section 3",
        "Bipartite soft matching",
        "Every A token points to its most similar B token and the r best edges merge, as in the paper.",
    ),
    "greedy": Algorithm(
        "greedy",
        "merge",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "Greedy matching",
        "The most similar pair of all merges, r times; unlike a chain, no token merges twice in a block.",
        steps="r steps",
    ),
    "optimal": Algorithm(
        "optimal",
        "merge",
        "Hungarian method, Kuhn 1955; solver of Crouse 2016",
        "Optimal matching",
        "The r edges between A and B, no token twice, that have the largest total similarity.",
        steps="one assignment per image",
        batches=False,
    ),
    "kmeans": Algorithm(
        "kmeans",
        "merge",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "k-means, 5 rounds",
        "N − r clusters in five rounds; the paper's start is unknown, ours is drawn, and no cluster stays empty.",
        steps="5 rounds",
        params={"iterations": 5},
    ),
    "kmeans2": Algorithm(
        "kmeans",
        "merge",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "k-means, 2 rounds",
        "N − r clusters in two rounds; the paper's start is unknown, ours is drawn, and no cluster stays empty.",
        steps="2 rounds",
        params={"iterations": 2},
    ),
    "kmedoids": Algorithm(
        "kmedoids",
        "merge",
        "Haurum et al., arXiv 2308.04657",
        "k-medoids",
        "N − r tokens stand unchanged for their clusters; members count by size, not by class attention.",
        steps="N − r steps, then 3 rounds",
    ),
    "agglomerative": Algorithm(
        "agglomerative",
        "merge",
        "ATC, Haurum et al., arXiv 2409.11923",
        "Agglomerative, average linkage",
        "The two clusters closest on average join, r times; the authors' off-the-shelf code joins r − 1.",
        steps="r joins per image",
        batches=False,
        params={"linkage": "average"},
    ),
    "agglomerative_complete": Algorithm(
        "agglomerative",
        "merge",
        "ATC, Haurum et al., arXiv 2409.11923",
        "Agglomerative, complete linkage",
        "Clusters join by their farthest members, r times; the authors' off-the-shelf code joins r − 1.",
        steps="r joins per image",
        batches=False,
        params={"linkage": "complete"},
    ),
    "agglomerative_single": Algorithm(
        "agglomerative",
        "merge",
        "ATC, Haurum et al., arXiv 2409.11923",
        "Agglomerative, single linkage",
        "Clusters join by their nearest members, r times; the authors' off-the-shelf code joins r − 1.",
        steps="r joins per image",
        batches=False,
        params={"linkage": "single"},
    ),
    "spectral": Algorithm(
        "spectral",
        "merge",
        "Normalised cut, Shi & Malik 2000; Ng, Jordan & Weiss 2001",
        "Normalised cut",
        "Cuts the similarity graph into N − r parts by its eigenvectors and k-means, not by repeated halving.",
        steps="one eigendecomposition, then 5 rounds",
    ),
    "pitome": Algorithm(
        "pitome",
        "merge",
        "PiToMe, Tran et al., arXiv 2405.16148",
        "PiToMe",
        "Tokens with many look-alikes merge, rare ones are protected; takes r where the paper takes a ratio.",
    ),
    "tofu": Algorithm(
        "tofu",
        "hybrid",
        "ToFu, Kim et al., arXiv 2312.01026",
        "ToFu",
        "Bipartite matching that prunes in the first half of the blocks and merges at full length in the second.",
    ),
    "dpc_knn": Algorithm(
        "dpc_knn",
        "merge",
        "TCFormer, Zeng et al., arXiv 2204.08680",
        "DPC-kNN",
        "Dense tokens far from denser ones are centres, the rest joins the nearest; averaged by size, not learned.",
    ),
    "random_prune": Algorithm(
        "random_prune",
        "prune",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "Random pruning",
        "Drops r random tokens, in the same places of every image.",
    ),
    "attention_prune": Algorithm(
        "attention_prune",
        "prune",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "Attention pruning",
        "Drops the r tokens that the class token looks at least.",
        needs_class_token=True,
    ),
    "evit": Algorithm(
        "evit",
        "hybrid",
        "EViT, Liang et al., arXiv 2202.07800",
        "EViT",
        "Fuses the r + 1 least attended tokens into one, which unlike the paper's counts all their patches.",
        needs_class_token=True,
    ),
    "dynamic_prune": Algorithm(
        "dynamic_prune",
        "prune",
        "after DynamicViT, Rao et al., arXiv 2106.02034",
        "Dynamic pruning",
        "Busy images keep more tokens; the batch loses r on average, one image alone exactly r. By class attention, not learned.",
        batches=False,
        needs_class_token=True,
    ),
}
