"""What the pages of photos, clips, sounds and texts offer; a file links to a page only within it."""

from explorer.engine.media_models import VideoModel
from explorer.engine.models import Backbone
from tome.matching import ALGORITHMS
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
    "most_tubelets",
]

PHOTO_SIDES, CLIP_SIDES = (224, 336, 448, 518), (112, 168, 224)
"""sides of the model's input, in pixels"""
MOST_TEXT_R = 32
MOST_CLASSES_R = 40
"""for AudioMAE's 512 patches in twelve layers: the largest r in the paper"""
MOST_SOUND_R = 375
"""for 1,500 tokens in four layers: 375 leaves 188, since no layer merges more than half"""
PATCH = 14
"""of the embedded model"""


def _labelled(*names: str) -> dict[str, str]:
    """Return algorithms by name, with their labels."""
    return {name: ALGORITHMS[name].label for name in names}


CLIP_ALGORITHMS = _labelled("bipartite", "pitome", "tofu", "adjacent_merge", "random_merge", "random_prune")
SOUND_ALGORITHMS = _labelled("bipartite", "adjacent_merge", "tofu", "random_merge", "random_prune")
TEXT_ALGORITHMS = _labelled("bipartite", "adjacent_merge", "random_merge", "random_prune", "attention_prune")


def most_photo_r(model: Backbone, side: int) -> int:
    """Return the largest r for a photo: half of the patches of ``model``."""
    return cap(((side if model.any_shape else model.side) // model.patch) ** 2, prefix=0)


def most_clip_r(frames: int, side: int) -> int:
    """Return the largest r for a clip: beyond it, layers halve their tokens long before the last."""
    return frames * (side // PATCH) ** 2 // 6


def most_tubelets(model: VideoModel) -> int:
    """Return the same for a model of clips, whose tokens are tubelets."""
    return model.frames // model.tubelet * (model.side // model.patch) ** 2 // 6


def most_sound_r(model: str) -> int:
    """Return the largest r for a sound: of Whisper, or of a model of spectrograms."""
    return MOST_SOUND_R if model == "embedded" else MOST_CLASSES_R
