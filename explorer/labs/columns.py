"""What the columns of a lab's files mean."""

from dataclasses import fields

from explorer.locale.language import mark
from tome.config import MergeConfig

__all__ = ["MANY_PHOTOS", "ONE_PHOTO", "SCORES"]

SCORES = {
    "class_cosine": mark("Cosine of the class token with that of the plain run: 1 is the same."),
    "patch_cosine": mark(
        "Cosine of each patch's plain token with its final token, mean over patches; a dropped patch counts 0."
    ),
    "top5": mark("How many of the plain run's top 5 classes are still in the top 5."),
    "agreement": mark(
        "Adjusted Rand index of the final groups with those of the reference: 1 for equal groups, 0 for chance."
    ),
    "pairs": mark("Mean similarity of all merged pairs, in the metric of the matching. Pruning has no pairs."),
    "kept": mark(
        "Cosine between a token's compared feature and its group's mean, averaged over tokens and layers; dropped "
        "tokens count 0."
    ),
}
"""field of Score → its definition"""
LAST = mark(
    "The model's last layer: the cosines, the classes and the agreement are those after it, wherever the slider of the "
    "layer is. Pairs and kept are over all layers."
)
PANEL = {
    "photo": mark("The photo's name."),
    "panel": mark("The panel's title."),
    **SCORES,
}
SETTINGS = {
    "digest": mark("SHA-256 of the photo's file."),
    tuple(field.name for field in fields(MergeConfig) if field.name != "r"): mark(
        "The panel's choices, by their names in the configuration of the library; empty where one changes nothing."
    ),
    "r": mark("Tokens removed per layer, on average; a second number is the inflection of the schedule."),
    "schedule": mark("How r is spread over the layers: constant is the same in each, decreasing removes more early."),
    "reference": mark("The panel whose groups the agreement compares with."),
    "scores_after_layer": LAST,
    "model_key": mark("The model's name in requests."),
    "model": mark("The model's name in words."),
    ("weights", "weights_sha256"): mark(
        "Where the weights come from, and the first digits of the SHA-256 of their file; none for random weights."
    ),
    ("side", "crop", "offset"): mark(
        "The size of the model's input in pixels, and its part of the photo, as in links."
    ),
    "software": mark("The app and its version."),
}
ONE_PHOTO = {
    **PANEL,
    ("run_ms_median", "run_ms_low", "run_ms_high"): mark(
        "Milliseconds of one photo through the whole model, median and quartiles; empty until the panels were timed."
    ),
    "input": mark("The model's input: its size, its part of the photo, and its patches."),
    **SETTINGS,
}
"""column, or several → their meaning, in the file on one photo"""
MANY_PHOTOS = {
    **PANEL,
    ("tokens", "tokens_left"): mark(
        "The photo's tokens before the first layer and after the last, class token included."
    ),
    "reason": mark("Why a photo, or a panel on it, has no scores."),
    **SETTINGS,
}
"""the same for the file over many photos"""
