"""Accuracy of a merging model on real labels."""

from collections.abc import Iterable, Iterator, Sized
from dataclasses import dataclass, replace
from typing import Any, cast

import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset

from tome.config import MergeConfig
from tome.lab.evaluate.classifiers import mean_average_precision, nearest, probe
from tome.lab.evaluate.look import Seen, look, reader
from tome.lab.evaluate.shards import Shards
from tome.models.spectrograms import class_count, is_ast

__all__ = ["Accuracy", "evaluate"]


@dataclass(frozen=True)
class Accuracy:
    """Progress of an evaluation; accuracies, in percent, are set after the last image."""

    seen: int
    """images this process has looked at"""
    total: int
    """images this process will look at"""
    knn: float | None = None
    probe: float | None = None
    top1: float | None = None
    top5: float | None = None
    map: float | None = None
    """mean average precision, where samples have several labels"""


def evaluate(
    model: nn.Module,
    train: Dataset[Any] | None,
    test: Dataset[Any],
    config: MergeConfig | None = None,
    *,
    head: bool = False,
    batch: int = 50,
    k: int = 10,
    workers: int = 0,
    shards: Shards | None = None,
) -> Iterator[Accuracy]:
    """Evaluate ``model`` batch by batch under ``config``; the last state holds the accuracies.

    ``train`` and ``test`` hold pairs of an image [3, H, W], clip or spectrogram [1, frames, 128], and a label.
    Multi-hot labels, float [classes], give ``map``, of the head alone.  ``train`` provides the examples for ``knn``
    and ``probe``, merged as well.  ``head`` adds ``top1`` and ``top5`` of the model's own classifier.  Each of
    several processes evaluates its ``shards``; all return the same result.  ``model`` is not modified; it must
    be in evaluation mode.
    """
    if train is None and not head:
        raise ValueError("train must be given unless head=True; got None")
    if head and not class_count(model):
        raise ValueError("head must be False: this model has no classifier of its own, or its host states no classes")
    if model.training:
        raise ValueError("model must be in evaluation mode; call model.eval()")
    if train is not None and is_ast(model):
        raise ValueError("train must be None: this model returns scores of its head, no features")
    read, shards = reader(model, config or MergeConfig(), head), shards or Shards()
    device = next(model.parameters()).device
    loaders = [_loader(split, batch, workers, shards) for split in (train, test) if split is not None]
    state = Accuracy(
        0, sum(len(indices) for loader in loaders for indices in cast(Iterable[list[int]], loader.batch_sampler))
    )
    splits: list[list[Seen]] = []
    for loader in loaders:
        parts = []
        for images, labels in loader:
            parts.append(look(read, images.to(device), labels))
            state = replace(state, seen=state.seen + len(labels))
            yield state
        splits.append(shards.gather(parts))
    scores = _score(splits, head, k) if shards.rank == 0 else {}
    found: dict[str, Any] = shards.share(scores)
    yield replace(state, **found)


def _loader(split: Dataset[Any], batch: int, workers: int, shards: Shards) -> DataLoader[Any]:
    batches = torch.arange(len(cast(Sized, split))).split(batch)
    return DataLoader(split, batch_sampler=[each.tolist() for each in shards.mine(batches)], num_workers=workers)


def _score(splits: list[list[Seen]], head: bool, k: int) -> dict[str, float]:
    *bank, queries = ([torch.cat(parts) for parts in zip(*map(_parts, split), strict=True)] for split in splits)
    scores = {}
    for features, labels, _ in bank:
        scores["knn"] = _percent(nearest(features, labels, queries[0], k) == queries[1])
        scores["probe"] = _percent(probe(features, labels, queries[0]) == queries[1])
    if queries[1].dim() > 1:
        scores["map"] = 100 * mean_average_precision(queries[2], queries[1])
    elif head:
        scores |= {"top1": _percent(queries[2][:, 0]), "top5": _percent(queries[2].any(1))}
    return scores


def _parts(seen: Seen) -> tuple[Tensor, Tensor, Tensor]:
    return seen.features, seen.labels, seen.answers


def _percent(right: Tensor) -> float:
    return 100 * int(right.sum()) / len(right)
