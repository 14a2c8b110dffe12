"""The labelled samples below --data: images, clips or sounds."""

from functools import partial
from pathlib import Path
from typing import Any

from timm.data import resolve_model_data_config
from torch import nn
from torch.utils.data import Dataset

from tome.lab.evaluate.media import ClipReader, Sounds, clip_folder, prepared_clip, read_spectrogram
from tome.lab.evaluate.sources import Normal, check_classes, folder_splits
from tome.models.build import normalisation
from tome.models.spectrograms import BANDS, class_count, is_ast, layout_of
from tome.models.tubelet import TubeletEmbed

__all__ = ["data_splits", "shape_text", "size_of"]

Splits = tuple[Dataset[Any] | None, Dataset[Any]]


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
    frames = getattr(getattr(model, "patch_embed", None), "frames", None)
    if frames is None and isinstance(size, int):
        return str(size)
    sides = (size, size) if isinstance(size, int) else size
    return "x".join(map(str, sides if frames is None else (frames, *sides)))


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
    if isinstance(getattr(model, "patch_embed", None), TubeletEmbed):
        train, test = _clips(model, name, sides, root, head, seconds, normal or {})
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
    model: Any, name: str, sides: tuple[int, int], root: Path, head: bool, seconds: float | None, normal: Normal
) -> Splits:
    mean, std = normalisation(name, model)
    mean, std = tuple(normal.get("mean", mean)), tuple(normal.get("std", std))
    prepare = partial(prepared_clip, size=sides, mean=mean, std=std)
    read = ClipReader(model.patch_embed.frames, seconds)
    test = clip_folder(root, read, prepare)
    if head or not (root / "train").is_dir():
        return None, test
    train = clip_folder(root, read, prepare, "train")
    check_classes(train.classes, test.classes)
    return train, test
