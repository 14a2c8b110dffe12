"""What a link says: every parameter of the app's addresses, with its default and its text."""

from collections.abc import Mapping
from typing import Any

from explorer.engine.models import EMBEDDED
from explorer.locale.language import LANGUAGES
from explorer.shell.parameter import Count, Flag, Parameter, Parts, Share, Word, Words

__all__ = ["CURSOR", "HIDE", "LOCK", "PARAMETERS", "VIEW", "read", "write", "written"]

HIDE = (
    "sidebar", "glossary", "title", "figures", "sample", "upload", "camera", "microphone", "crop", "model", "size",
    "frames", "attention", "algorithm", "toolbar", "fill", "merges", "legend", "export", "share", "present", "layer", "r", "film", "family",
)  # fmt: skip
"""parts of a page and of its viewer; viewer.css uses the same names"""
LOCK = (
    "sample", "upload", "camera", "microphone", "crop", "model", "size", "frames", "attention", "algorithm",
    "r", "schedule", "layer", "fill", "merges", "pin",
)  # fmt: skip
"""controls that can be locked"""

VIEW: dict[str, Parameter] = {
    "layer": Count(None),
    "frame": Count(0),
    "pinned": Count(None),
    "beside_pinned": Count(None),
    "fill": Word("mean", ("mean", "region", "size", "photo", "difference")),
    "arrows": Flag(False),
    "similarity": Flag(True),
    "r": Count(16),
    "decreasing": Flag(False),
}
"""parameters set by the viewer; viewer/streamlit.js has the same defaults"""

CURSOR: dict[str, Parameter] = {
    **VIEW,
    "step": Count(1, low=1),
    "edges": Count(None),
    "mode": Word("predict", ("predict", "explore")),
    "why": Word(None, longest=20),
    "points": Word(None, longest=4000),
    "method": Word(None),
    "join": Count(None),
    "rounds": Count(0),
}
"""parameters set by the lesson and its playground"""

PARAMETERS: dict[str, Parameter] = {
    **CURSOR,
    "lang": Word(None, tuple(LANGUAGES)),
    "glossary": Flag(False),
    # The sidebar
    "photo": Word("dog"),
    "square": Flag(False),
    "offset": Share(0.5),
    "model": Word(EMBEDDED),
    "timm": Word("vit_tiny_patch16_224.augreg_in21k_ft_in1k", longest=80),
    "random": Flag(False),
    "side": Count(224),
    "beside": Word(None),
    "beside_model": Word("same"),
    # Video, Sound and Text, each with its own r
    "clip": Word("bunny"),
    "frames": Count(6, low=4, high=16),
    "clip_side": Count(224),
    "clip_model": Word("photo", longest=120),
    "clip_hub": Word("MCG-NJU/videomae-small-finetuned-kinetics", longest=100),
    "sound_model": Word("embedded", longest=120),
    "sound_hub": Word("MIT/ast-finetuned-audioset-10-10-0.4593", longest=100),
    "attention": Word("framewise", ("framewise", "joint", "frames-apart")),
    "clip_algorithm": Word("bipartite"),
    "clip_r": Count(112),
    "clip_decreasing": Flag(False),
    "sound": Word("jfk"),
    "sound_algorithm": Word("bipartite"),
    "sound_r": Count(200),
    "sound_decreasing": Flag(False),
    "text": Word("sea"),
    "text_algorithm": Word("bipartite"),
    "text_r": Count(8),
    "text_decreasing": Flag(False),
    # The labs
    "feature": Words(("key", "query", "value", "output")),
    "metric": Words(("cosine", "dot", "softmax")),
    "heads": Words(("mean",)),
    "combine": Words(("weighted",)),
    "partition": Words(("alternating",)),
    "algorithms": Words(
        ("bipartite", "greedy", "optimal", "kmeans", "pitome", "agglomerative", "attention_prune", "random_prune")
    ),
    "methods": Words(("bipartite", "attention_prune", "random_prune")),
    "batch": Words(("dog", "cat", "duck", "horses")),
    "reference": Word(None),
    # A lesson's link
    "hide": Parts(HIDE),
    "lock": Parts(LOCK),
    # Read, Speed and Training
    "stop": Count(1, low=1),
    "images": Count(1, low=1),
    "v100": Flag(False),
    "who": Word("vit"),
    "learn": Count(4, low=1),
    "epochs": Count(10, low=1),
    "draw": Count(1, low=1, high=20),
    "mae": Flag(False),
    "mae_r": Count(8, low=1, high=16),
}


def read(name: str, text: str | None) -> Any:
    """Return what ``text`` says of a parameter; its default for text that is absent or odd."""
    parameter = PARAMETERS[name]
    try:
        value = parameter.default if text is None else parameter.read(text)
    except (ValueError, KeyError):
        return parameter.default
    return value if parameter.allows(value) else parameter.default


def write(value: object) -> str:
    """Return a value as text."""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(value) if isinstance(value, tuple) else str(value)


def written(values: Mapping[str, Any]) -> dict[str, str]:
    """Return the part of a link that says ``values``; what is at its default is left out."""
    return {name: write(value) for name, value in values.items() if value != PARAMETERS[name].default}
