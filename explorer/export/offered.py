"""What the pages of photos, clips and texts offer; a file links to a page only within it."""

from explorer.engine.models import Backbone
from explorer.locale.language import mark
from tome.schedule import cap

__all__ = [
    "CLIP_ALGORITHMS",
    "CLIP_SIDES",
    "MOST_TEXT_R",
    "PHOTO_SIDES",
    "TEXT_ALGORITHMS",
    "most_clip_r",
    "most_photo_r",
]

PHOTO_SIDES, CLIP_SIDES = (224, 336, 448, 518), (112, 168, 224)
"""sides of the model's input, in pixels"""
CLIP_ALGORITHMS = {
    "bipartite": mark("Bipartite soft matching"),
    "pitome": "PiToMe",
    "tofu": "ToFu",
    "adjacent_merge": mark("Adjacent merging"),
    "random_merge": mark("Random merging"),
    "random_prune": mark("Random pruning"),
}
TEXT_ALGORITHMS = {
    "bipartite": mark("Bipartite soft matching"),
    "adjacent_merge": mark("Adjacent merging"),
    "random_merge": mark("Random merging"),
    "random_prune": mark("Random pruning"),
    "attention_prune": mark("Attention pruning"),
}
MOST_TEXT_R = 32
PATCH = 14
"""of the embedded model"""


def most_photo_r(model: Backbone, side: int) -> int:
    """Return the largest r for a photo: half of the patches of ``model``."""
    return cap(((side if model.any_shape else model.side) // model.patch) ** 2, prefix=0)


def most_clip_r(frames: int, side: int) -> int:
    """Return the largest r for a clip: beyond it, layers halve their tokens long before the last."""
    return frames * (side // PATCH) ** 2 // 6
