"""The paper's tables of choices, as data: accuracy in % and images per second as printed."""

from collections.abc import Sequence
from dataclasses import dataclass

from explorer.locale.language import mark, retell

__all__ = [
    "FAST", "PLAIN", "SETTING", "TABLE_1", "TABLE_1F", "TABLE_2", "TABLE_5", "TABLE_6", "TABLE_7", "TRAINING", "Measured",
    "Row", "as_printed",
]  # fmt: skip

SETTING = mark(
    "ViT-L/16 (MAE) on ImageNet-1k, off the shelf, r = 8, fp32 on a V100; Bolya et al., ICLR 2023, arXiv 2210.09461"
)
PLAIN = (85.96, 93.3)
"""without merging: accuracy and images per second"""


@dataclass(frozen=True)
class Row:
    """One choice, all others at the paper's default."""

    part: str
    """part of the table; for Table 1 the field of MergeConfig"""
    choice: str
    """value of the field; for Table 2 the algorithm"""
    accuracy: float
    images_per_second: float
    default: bool = False


@dataclass(frozen=True)
class Measured:
    """One merging model against its plain self, on a V100, as printed."""

    name: str
    plain_gflops: float
    gflops: float
    plain_images_per_second: float
    images_per_second: float
    table: str

    @property
    def predicted(self) -> float:
        return self.plain_gflops / self.gflops

    @property
    def speed_up(self) -> float:
        return self.images_per_second / self.plain_images_per_second


TRAINING = ("DeiT-S, r = 13", 1.5, "Table 4")
"""the paper's speed-up of training"""

TABLE_1 = (
    Row("feature", "input", 83.02, 186.8),
    Row("feature", "output", 83.70, 182.8),
    Row("feature", "key", 84.25, 182.9, True),
    Row("feature", "query", 84.04, 182.8),
    Row("feature", "value", 83.80, 182.9),
    Row("metric", "euclidean", 84.26, 182.5),
    Row("metric", "cosine", 84.25, 182.9, True),
    Row("metric", "dot", 82.78, 183.0),
    Row("metric", "softmax", 82.00, 183.0),
    Row("heads", "concat", 84.32, 180.3),
    Row("heads", "mean", 84.25, 182.9, True),
    Row("combine", "keep", 81.01, 185.4),
    Row("combine", "max", 83.50, 184.6),
    Row("combine", "mean", 83.57, 183.8),
    Row("combine", "weighted", 84.25, 182.9, True),
    Row("partition", "sequential", 81.07, 183.0),
    Row("partition", "alternating", 84.25, 182.9, True),
    Row("partition", "random", 83.80, 181.7),
)
TABLE_2 = (
    Row("prune", "random_prune", 79.22, 184.4),
    Row("prune", "attention_prune", 79.48, 183.8),
    Row("merge", "kmeans2", 80.19, 169.7),
    Row("merge", "kmeans", 80.29, 147.5),
    Row("merge", "greedy", 84.36, 179.4),
    Row("merge", "bipartite", 84.25, 182.9, True),
)

# Tables 3 and 4, rows with printed rates and GFLOPs; each pair begins with the plain model.
FAST = (
    Measured("ViT-L/16 MAE, r = 8", 61.6, 31.0, 93, 183, "Table 3"),
    Measured("ViT-L/16 MAE, r = 8 decreasing", 61.6, 22.3, 93, 241, "Table 3"),
    Measured("ViT-H/14 MAE, r = 7", 167.4, 92.9, 35, 63, "Table 3"),
    Measured("ViT-H/14 MAE, r = 7 decreasing", 167.4, 72.6, 35, 81, "Table 3"),
    Measured("DeiT-S, r = 13", 4.6, 2.7, 930, 1552, "Table 4"),
)
TABLE_1F = (
    Row("mae", mark("no"), 84.25, 182.9, True),
    Row("mae", mark("yes"), 83.84, 180.9),
    Row("augreg", "no", 82.15, 182.8),
    Row("augreg", "yes", 83.51, 180.8, True),
)
"""proportional attention: part is the training of the weights, choice whether it is on"""

# The columns, then the rows: Kinetics-400, ViT-L on it, and ViT-B on AudioSet-2M.
TABLE_5 = (
    (
        mark("Model"),
        mark("Merging"),
        mark("Trained"),
        mark("Accuracy, %"),
        "GFLOPs",
        mark("Views"),
    ),  # views: clips in space × in time
    ("ViT-L MAE", mark("none"), "", 84.7, 598, "1×10"),
    ("ViT-L MAE", "r = 55", mark("off the shelf"), 84.5, 325, "1×4"),
    ("ViT-L MAE", "r = 65", mark("off the shelf"), 84.5, 281, "1×10"),
    ("ViT-L MAE", "r = 65, decreasing", mark("off the shelf"), 82.5, 184, "1×10"),
    ("ViT-L MAE", "r = 65", mark("with merging"), 84.4, 281, "1×10"),
    ("ViT-L MAE", "r = 65, decreasing", mark("with merging"), 83.2, 184, "1×10"),
)
TABLE_6 = (
    (mark("Merging"), mark("Clips per second"), mark("Fine-tuning, hours")),  # hours: on eight GPUs
    (mark("none"), 7.3, 263),
    ("r = 65", 16.3, 136),
    ("r = 65, decreasing", 24.9, None),
)
TABLE_7 = (
    (mark("Merging"), mark("Trained"), mark("Mean average precision, %"), "GFLOPs", mark("Samples per second")),
    (mark("none, as published"), "", 47.3, 48.6, 103),
    ("r = 20", mark("off the shelf"), 46.2, 36.3, 136),
    ("r = 40", mark("off the shelf"), 43.1, 24.7, 200),
    (mark("none, the authors' own run"), "", 46.4, 48.6, 103),
    ("r = 20", mark("with merging"), 46.3, 36.3, 136),
    ("r = 40", mark("with merging"), 46.0, 24.7, 200),
)


def as_printed(table: Sequence[tuple]) -> list[dict[str, object]]:
    """Return the rows of ``table`` under printed column names, with words in the reader's language."""
    names, *rows = table
    said = [[retell(value) if isinstance(value, str) else value for value in row] for row in rows]
    return [dict(zip(names, row, strict=True)) for row in said]
