"""Accuracy of merging models on real labels: ``python -m tome.evaluate``."""

from tome.evaluate.accuracy import Accuracy, evaluate
from tome.evaluate.classifiers import nearest, probe
from tome.evaluate.shards import Shards, joined
from tome.evaluate.sources import digit_splits, folder_splits

__all__ = ["Accuracy", "Shards", "digit_splits", "evaluate", "folder_splits", "joined", "nearest", "probe"]
