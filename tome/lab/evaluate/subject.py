"""The model that the command line asks for, and the samples that it is tested on."""

import argparse
from typing import Any

from timm.data import resolve_model_data_config
from torch import nn
from torch.utils.data import Dataset

from tome.lab.boundary import BadArgument
from tome.lab.command import check_size
from tome.lab.evaluate.sources import Normal, digit_splits
from tome.lab.evaluate.splits import data_splits, size_of
from tome.lab.own import check_runs, is_own, own_model, own_shape, own_size
from tome.lab.weights import build

__all__ = ["model_of", "normal", "preparation", "splits"]


def model_of(args: argparse.Namespace) -> nn.Module:
    """Return the model that ``args`` name, and set the size of its images."""
    return _own(args) if is_own(args.model) else _named(args)


def _named(args: argparse.Namespace) -> nn.Module:
    args.image_size = args.image_size or (112 if args.data is None else None)
    clip = {"frames": args.frames, "tubelet": args.tubelet, "in_chans": args.in_chans}
    weights: dict[str, Any] = {"weights": args.weights, "pretrained": args.pretrained, "seed": args.seed}
    model = build(args.model, args.image_size, **weights, **clip)
    args.image_size = args.image_size or size_of(model)
    check_size(model, args.image_size)
    return model


def _own(args: argparse.Namespace) -> nn.Module:
    model = own_model(args.model, args.seed)
    args.image_size = args.image_size or own_size(args.model, model)
    if not args.data and isinstance(args.image_size, tuple):
        raise BadArgument(f"--image-size must be given as a side for digits; {args.model} says {args.image_size}")
    sounds = args.data and (args.data / "val.csv").is_file()
    check_runs(args.model, model, own_shape(model, args.image_size, None if sounds else 3))
    return model


def preparation(args: argparse.Namespace, model: nn.Module) -> str:
    """Return how images become inputs of ``model``, in words."""
    shape = resolve_model_data_config(model, {**normal(args)})  # type: ignore[no-untyped-call]
    mean, std = (" ".join(f"{each:g}" for each in shape[name]) for name in ("mean", "std"))
    cut = f", {shape['interpolation']}, crop {shape['crop_pct']:g}" if args.data else ""
    return f"images of {args.shape} px, mean {mean}, std {std}{cut}"


def splits(args: argparse.Namespace, model: nn.Module) -> tuple[Dataset[Any] | None, Dataset[Any]]:
    if args.data:
        options = {"head": args.head, "seconds": args.seconds, "normal": normal(args)}
        return data_splits(model, args.model, args.image_size, args.data, **options)
    return digit_splits(model, args.image_size, args.train, args.test, args.seed, normal(args))


def normal(args: argparse.Namespace) -> Normal:
    """Return the mean and standard deviation that were given."""
    given = {"mean": args.mean, "std": args.std}
    return {name: values for name, values in given.items() if values}
