"""What the pages of photos, clips, sounds and texts offer; a file links to a page only within it."""

from explorer.engine.models import Backbone
from explorer.locale.language import mark
from tome.schedule import cap

__all__ = [
    "CLIP_ALGORITHMS",
    "CLIP_SIDES",
    "MOST_SOUND_R",
    "MOST_TEXT_R",
    "PHOTO_SIDES",
    "SOUND_ALGORITHMS",
    "TEXT_ALGORITHMS",
    "most_clip_r",
    "most_photo_r",
    "most_sound_r",
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
SOUND_ALGORITHMS = {
    "bipartite": mark("Bipartite soft matching"),
    "adjacent_merge": mark("Adjacent merging"),
    "tofu": "ToFu",
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
MOST_CLASSES_R = 40
"""for AudioMAE's 512 patches in twelve layers: the largest r in the paper"""
MOST_SOUND_R = 375
"""for 1,500 tokens in four layers: 375 leaves 188, since no layer merges more than half"""
PATCH = 14
"""of the embedded model"""


def most_photo_r(model: Backbone, side: int) -> int:
    """Return the largest r for a photo: half of the patches of ``model``."""
    return cap(((side if model.any_shape else model.side) // model.patch) ** 2, prefix=0)


def most_clip_r(frames: int, side: int) -> int:
    """Return the largest r for a clip: beyond it, layers halve their tokens long before the last."""
    return frames * (side // PATCH) ** 2 // 6


def most_sound_r(model: str) -> int:
    """Return the largest r for a sound: of Whisper, or of a model of spectrograms."""
    return MOST_SOUND_R if model == "embedded" else MOST_CLASSES_R
