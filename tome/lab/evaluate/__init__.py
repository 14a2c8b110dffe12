"""Accuracy of merging models on real labels: ``python -m tome.evaluate``."""

from tome.lab.evaluate.accuracy import Accuracy, evaluate
from tome.lab.evaluate.classifiers import nearest, probe
from tome.lab.evaluate.shards import Shards, joined
from tome.lab.evaluate.sources import digit_splits, folder_splits

__all__ = ["Accuracy", "Shards", "digit_splits", "evaluate", "folder_splits", "joined", "nearest", "probe"]
