"""Accuracy of merging models on real labels: ``python -m tome.evaluate``."""

from tome.lab.evaluate.accuracy import Accuracy, evaluate
from tome.lab.evaluate.classifiers import mean_average_precision, nearest, probe
from tome.lab.evaluate.media import ClipReader, Sounds, clip_folder, prepared_clip
from tome.lab.evaluate.shards import Shards, joined
from tome.lab.evaluate.splits import data_splits, digit_splits, folder_splits, shape_text, size_of

__all__ = [
    "Accuracy", "ClipReader", "Shards", "Sounds", "clip_folder", "data_splits", "digit_splits", "evaluate",
    "folder_splits", "joined", "mean_average_precision", "nearest", "prepared_clip", "probe", "shape_text", "size_of",
]  # fmt: skip
