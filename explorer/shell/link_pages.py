"""Which page has which parameters: a link that is copied leaves out those of other pages."""

__all__ = ["PAGES", "elsewhere"]

_MODEL = ("model", "timm", "random")
_PHOTO = ("photo", "square", "offset", *_MODEL, "side", "r", "decreasing")


def _merging(kind: str) -> tuple[str, ...]:
    return (kind, f"{kind}_algorithm", f"{kind}_r", f"{kind}_decreasing")


PAGES = {
    "": (*_PHOTO, "beside", "beside_model"),
    "video": (*_merging("clip"), "clip_model", "clip_hub", "clip_side", "frames", "attention", *_MODEL),
    "sound": (*_merging("sound"), "sound_model", "sound_hub"),
    "text": _merging("text"),
    "matching": (*_PHOTO, "step", "edges", "mode", "why", "points", "method", "join", "rounds"),
    "read": (*_PHOTO, "stop"),
    "similarity": (*_PHOTO, "feature", "metric", "heads", "combine", "partition", "reference"),
    "algorithms": (*_PHOTO, "algorithms", "reference"),
    "prune_or_merge": (*_PHOTO, "methods", "batch", "reference"),
    "speed": (*_PHOTO, "images", "v100"),
    "training": (*_PHOTO, "who", "learn", "epochs", "draw", "mae", "mae_r"),
}
"""path of a page → parameters of its own; those of no page, such as lang and layer, are common to all"""


def elsewhere(page: str) -> list[str]:
    """Return the parameters that only other pages have."""
    return sorted(set().union(*PAGES.values()) - set(PAGES[page]))
