"""Labelled samples as model inputs: scikit-learn's digits, or images, clips or sounds below --data."""

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from timm.data import create_transform, resolve_model_data_config
from torch import Tensor, nn
from torch.utils.data import Dataset
from torchvision.datasets import ImageFolder

from tome.lab.digits import digits
from tome.lab.evaluate.media import ClipReader, Sounds, clip_folder, prepared_clip, read_spectrogram
from tome.lab.own import frames_of
from tome.models.build import normalisation
from tome.models.spectrograms import BANDS, class_count, is_ast, layout_of

__all__ = ["Normal", "data_splits", "digit_splits", "folder_splits", "shape_text", "size_of"]

Splits = tuple[Dataset[Any] | None, Dataset[Any]]
Normal = Mapping[str, Sequence[float]]
"""mean: what is subtracted from each channel; std: what divides it; one that is missing is as the model says"""


def size_of(model: Any) -> int | tuple[int, int]:
    """Return the size of the model's own input: a side, or height and width."""
    if is_ast(model):
        return layout_of(model).frames, BANDS
    found = getattr(getattr(model, "patch_embed", None), "img_size", None)
    if hasattr(model, "pretrained_cfg") or found is None:
        height, width = resolve_model_data_config(model)["input_size"][-2:]  # type: ignore[no-untyped-call]
    else:
        height, width = found
    return int(height) if height == width else (int(height), int(width))


def shape_text(model: Any, size: int | tuple[int, int]) -> str:
    """Return the size in a table: a side; height and width; or frames, height and width of a clip."""
    clip = frames_of(model)
    if clip is None and isinstance(size, int):
        return str(size)
    sides = (size, size) if isinstance(size, int) else size
    return "x".join(map(str, sides if clip is None else (clip[0], *sides)))


def data_splits(
    model: Any,
    name: str,
    size: int | tuple[int, int],
    root: Path,
    *,
    head: bool,
    seconds: float | None = None,
    normal: Normal | None = None,
) -> Splits:
    """Return training and test samples below ``root``: sounds if val.csv exists, clips for a model of clips.

    ``size`` is the model's input size; ``seconds`` of each clip are used, all of it if None; ``normal`` replaces the
    model's own mean and standard deviation.
    """
    sides = (size, size) if isinstance(size, int) else size
    if normal and ((root / "val.csv").is_file() or is_ast(model)):
        raise ValueError("mean and std must not be given for sounds: spectrograms are normalised as AudioSet's")
    if (root / "val.csv").is_file():
        read = partial(read_spectrogram, frames=sides[0])
        return None, Sounds(root / "val", root / "val.csv", class_count(model), read)
    if is_ast(model):
        raise ValueError(f"data must be a folder that holds val.csv, a table of sounds and their labels; got {root}")
    if clip := frames_of(model):
        train, test = _clips(model, name, clip, sides, root, head, seconds, normal or {})
    else:
        train, test = folder_splits(model, size, root, normal)
    if head:
        _check_head(model, test)
    return (None if head else train), test


def _check_head(model: nn.Module, test: Any) -> None:
    """Raise ValueError unless ``test`` has a folder for each class of the head: labels are their places in order."""
    classes = class_count(model)
    if classes and classes != len(test.classes):
        raise ValueError(
            f"data must hold one folder for each of the head's {classes} classes in {test.root}; "
            f"it holds {len(test.classes)}"
        )


def _clips(
    model: Any,
    name: str,
    clip: tuple[int, bool],
    sides: tuple[int, int],
    root: Path,
    head: bool,
    seconds: float | None,
    normal: Normal,
) -> Splits:
    mean, std = normalisation(name, model)
    mean, std = tuple(normal.get("mean", mean)), tuple(normal.get("std", std))
    frames, first = clip
    prepare = partial(prepared_clip, size=sides, mean=mean, std=std, frames_first=first)
    read = ClipReader(frames, seconds)
    test = clip_folder(root, read, prepare)
    if head or not (root / "train").is_dir():
        return None, test
    train = clip_folder(root, read, prepare, "train")
    check_classes(train.classes, test.classes)
    return train, test


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
