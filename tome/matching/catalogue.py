"""The algorithms of this package: one file each, one entry here, one oracle in the tests."""

from tome.matching.registry import Algorithm, register

ROUNDS = (1, 100)
"""of k-means: it has settled long before the last"""
LINKAGES = ("average", "complete", "single")


def _halves(free: int, width: int) -> int:
    """Return the multiply-adds of the product of A and B tokens."""
    return (free + 1) // 2 * (free // 2) * width


ROWS = {
    "bipartite": Algorithm(
        "tome.matching.bipartite:match",
        "merge",
        "ToMe, Bolya et al., arXiv 2210.09461, section 3",
        "Bipartite soft matching",
        "Every A token points to its most similar B token and the r best edges merge, as in the paper.",
        cost=_halves,
    ),
    "greedy": Algorithm(
        "tome.matching.greedy:match",
        "merge",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "Greedy matching",
        "The most similar pair of all merges, r times; unlike a chain, no token merges twice in a block.",
        steps="r steps",
    ),
    "optimal": Algorithm(
        "tome.matching.optimal:match",
        "merge",
        "Hungarian method, Kuhn 1955; solver of Crouse 2016",
        "Optimal matching",
        "The r edges between A and B, no token twice, that have the largest total similarity.",
        steps="one assignment per image",
        vectorised=False,
        cost=_halves,
    ),
    "kmeans": Algorithm(
        "tome.matching.kmeans:match",
        "merge",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "k-means, 5 rounds",
        "N − r clusters in five rounds; the paper's start is unknown, ours is drawn, and no cluster stays empty.",
        steps="5 rounds",
        params={"iterations": 5},
        limits={"iterations": ROUNDS},
    ),
    "kmeans2": Algorithm(
        "tome.matching.kmeans:match",
        "merge",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "k-means, 2 rounds",
        "N − r clusters in two rounds; the paper's start is unknown, ours is drawn, and no cluster stays empty.",
        steps="2 rounds",
        params={"iterations": 2},
        limits={"iterations": ROUNDS},
    ),
    "kmedoids": Algorithm(
        "tome.matching.kmedoids:match",
        "merge",
        "Haurum et al., arXiv 2308.04657",
        "k-medoids",
        "N − r tokens far apart stand unchanged for their clusters; members count by size, not by class attention.",
        steps="N − r steps, then 3 rounds",
    ),
    "agglomerative": Algorithm(
        "tome.matching.agglomerative:match",
        "merge",
        "ATC, Haurum et al., arXiv 2409.11923",
        "Agglomerative, average linkage",
        "The two clusters closest on average join, r times; the authors' off-the-shelf code joins r − 1.",
        steps="r joins per image",
        vectorised=False,
        params={"linkage": "average"},
        limits={"linkage": LINKAGES},
    ),
    "agglomerative_complete": Algorithm(
        "tome.matching.agglomerative:match",
        "merge",
        "ATC, Haurum et al., arXiv 2409.11923",
        "Agglomerative, complete linkage",
        "Clusters join by their farthest members, r times; the authors' off-the-shelf code joins r − 1.",
        steps="r joins per image",
        vectorised=False,
        params={"linkage": "complete"},
        limits={"linkage": LINKAGES},
    ),
    "agglomerative_single": Algorithm(
        "tome.matching.agglomerative:match",
        "merge",
        "ATC, Haurum et al., arXiv 2409.11923",
        "Agglomerative, single linkage",
        "Clusters join by their nearest members, r times; the authors' off-the-shelf code joins r − 1.",
        steps="r joins per image",
        vectorised=False,
        params={"linkage": "single"},
        limits={"linkage": LINKAGES},
    ),
    "spectral": Algorithm(
        "tome.matching.spectral:match",
        "merge",
        "Normalised cut, Shi & Malik 2000; Ng, Jordan & Weiss 2001",
        "Normalised cut",
        "Cuts the similarity graph into N − r parts by its eigenvectors and k-means, not by repeated halving.",
        steps="one eigendecomposition, then 5 rounds",
    ),
    "pitome": Algorithm(
        "tome.matching.pitome:match",
        "merge",
        "PiToMe, Tran et al., arXiv 2405.16148",
        "PiToMe",
        "Tokens with many look-alikes merge, rare ones are protected; takes r where the paper takes a ratio.",
    ),
    "tofu": Algorithm(
        "tome.matching.tofu:match",
        "hybrid",
        "ToFu, Kim et al., arXiv 2312.01026",
        "ToFu",
        "Bipartite matching that prunes in the first half of the blocks and merges at full length in the second.",
        cost=_halves,
    ),
    "dpc_knn": Algorithm(
        "tome.matching.dpc_knn:match",
        "merge",
        "TCFormer, Zeng et al., arXiv 2204.08680",
        "DPC-kNN",
        "Dense tokens far from denser ones are centres, the rest joins the nearest; averaged by size, not learned.",
    ),
    "random_prune": Algorithm(
        "tome.matching.random_prune:match",
        "prune",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "Random pruning",
        "Drops r random tokens, in the same places of every image.",
    ),
    "attention_prune": Algorithm(
        "tome.matching.attention_prune:match",
        "prune",
        "ToMe, Bolya et al., arXiv 2210.09461, Table 2",
        "Attention pruning",
        "Drops the r tokens that get the least attention from the class token.",
        needs_class_token=True,
    ),
    "evit": Algorithm(
        "tome.matching.evit:match",
        "hybrid",
        "EViT, Liang et al., arXiv 2202.07800",
        "EViT",
        "Fuses the r + 1 least attended tokens into one, which unlike the paper's counts all their patches.",
        needs_class_token=True,
    ),
    "dynamic_prune": Algorithm(
        "tome.matching.dynamic_prune:match",
        "prune",
        "after DynamicViT, Rao et al., arXiv 2106.02034",
        "Dynamic pruning",
        "Busy images keep more tokens; the batch loses r on average, one image alone exactly r. By class attention, not learned.",
        ragged=True,
        handles_padding=True,
        per_image=False,
        needs_class_token=True,
    ),
    "random_merge": Algorithm(
        "tome.matching.random_merge:match",
        "merge",
        "null hypothesis, no paper",
        "Random merging",
        "Merges r random A tokens into random B tokens, in the same places of every image: what chance alone does.",
    ),
    "adjacent_merge": Algorithm(
        "tome.matching.adjacent_merge:match",
        "merge",
        "after A-ToMe, Li et al., arXiv 2306.16009",
        "Adjacent merging",
        "Only neighbours in token order merge, the r most similar pairs, no token twice; made for sound and text.",
        steps="r steps",
    ),
    "threshold_merge": Algorithm(
        "tome.matching.threshold_merge:match",
        "merge",
        "after LTMP, Bonnaerens & Dambre, arXiv 2307.10780",
        "Threshold merging",
        "Bipartite edges above a similarity merge, at most r: busy images keep more. The threshold is fixed, not learned.",
        ragged=True,
        params={"threshold": 0.9},
        cost=_halves,
    ),
}

for name, row in ROWS.items():
    register(name, row)
