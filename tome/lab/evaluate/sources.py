"""Labelled images as model inputs: scikit-learn's digits, or a folder per class."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from timm.data import create_transform, resolve_model_data_config
from torch import Tensor, nn
from torch.utils.data import Dataset
from torchvision.datasets import ImageFolder

from tome.lab.digits import digits

__all__ = ["Normal", "check_classes", "digit_splits", "folder_splits"]

Normal = Mapping[str, Sequence[float]]
"""mean: what is subtracted from each channel; std: what divides it; one that is missing is as the model says"""


class _Digits(Dataset[Any]):
    """Grey images, expanded to three channels and normalised one at a time: all at once would take gigabytes."""

    def __init__(self, images: Tensor, labels: Tensor, mean: Tensor, std: Tensor):
        self.images, self.labels, self.mean, self.std = images, labels, mean, std

    def __len__(self) -> int:
        return len(self.labels)

    def __getitem__(self, index: int) -> tuple[Tensor, int]:
        return (self.images[index] - self.mean) / self.std, int(self.labels[index])


def digit_splits(
    model: nn.Module, size: int, train: int, test: int, seed: int = 0, normal: Normal | None = None
) -> tuple[Dataset[Any], Dataset[Any]]:
    """Load digits at ``size`` pixels for training and testing, normalised by ``normal``, or as ``model`` says."""
    shape = resolve_model_data_config(model, {**normal} if normal else {})  # type: ignore[no-untyped-call]
    mean, std = (torch.tensor(shape[name])[:, None, None] for name in ("mean", "std"))
    bank, queries = digits(size, train, test, seed)
    return _Digits(*bank, mean, std), _Digits(*queries, mean, std)


def folder_splits(
    model: nn.Module, size: int | tuple[int, int], root: Path, normal: Normal | None = None
) -> tuple[Dataset[Any] | None, Dataset[Any]]:
    """Return the images below ``root``/train, None where there is no such folder, and below ``root``/val.

    Each holds a folder per class; labels follow the alphabetical order, as in ImageNet.  Images pass
    through timm's evaluation transform for ``model``, normalised by ``normal`` if given.
    """
    if not (root / "val").is_dir():
        raise ValueError(f"data must be a folder with a folder 'val', and 'train' for k-NN and probe; got {root}")
    sides = (size, size) if isinstance(size, int) else size
    shape = resolve_model_data_config(model, {**normal} if normal else {})  # type: ignore[no-untyped-call]
    transform = create_transform(**shape | {"input_size": (3, *sides)}, is_training=False)
    test = ImageFolder(root / "val", transform)
    if not (root / "train").is_dir():
        return None, test
    train = ImageFolder(root / "train", transform)
    check_classes(train.classes, test.classes)
    return train, test


def check_classes(train: Sequence[str], val: Sequence[str]) -> None:
    """Raise ValueError unless both folders have the same classes."""
    if odd := sorted({*train} ^ {*val}):
        raise ValueError(f"train and val must have the same classes; only one of them has {odd[0]!r}")
