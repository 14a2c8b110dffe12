"""What the columns of the table of every layer, and of its file, mean."""

from dataclasses import fields

from explorer.locale.language import mark
from tome.config import MergeConfig

__all__ = ["COLUMNS", "FILE", "column"]

COLUMNS = {
    mark("Layer"): mark("The layer, counted from 1."),
    mark("Tokens in"): mark("Tokens that the layer's attention sees, class token included."),
    mark("Merged (r)"): mark("Tokens that went after the attention; at most half of them in one layer."),
    mark("Tokens out"): mark("Tokens that the layer's MLP, and the next layer, sees."),
    "GFLOPs": mark("Billions of multiply-adds of this layer at these tokens, as the Token Merging paper counts them."),
    mark("Most similar"): mark("Similarity of the first pair that merged in this layer: 1 is the same direction."),
    mark("Least similar"): mark("Similarity of its last pair: what had to merge to reach r."),
    mark("Largest token"): mark("How many patches the largest token holds after this layer."),
}
"""column of the table → its meaning"""
SETTINGS = {
    ("sample", "digest"): mark("The photo's name, and the SHA-256 of its file."),
    ("model_key", "model"): mark("The model's name in requests, and in words."),
    ("weights", "weights_sha256"): mark(
        "Where the weights come from, and the first digits of the SHA-256 of their file; none for random weights."
    ),
    "input": mark("The model's input: its size, its part of the photo, and its patches."),
    "r": mark("Tokens removed per layer, on average; a second number is the inflection of the schedule."),
    "schedule": mark("How r is spread over the layers: constant is the same in each, decreasing removes more early."),
    tuple(field.name for field in fields(MergeConfig) if field.name != "r"): mark(
        "How tokens are compared and merged, by the names in the configuration of the library; the same in each line."
    ),
    "software": mark("The app and its version."),
}


def column(title: str) -> str:
    """Return the name of a column of the table in its file."""
    return title.lower().replace(" (r)", "").replace(" ", "_")


FILE = {column(title): meaning for title, meaning in COLUMNS.items()} | SETTINGS
"""column of the file, or several → their meaning"""
