"""Evaluate the model of the command line at each setting on its samples; print a line and append to a table."""

import argparse
from collections.abc import Sized
from typing import Any, cast

import torch
from timm.data import resolve_model_data_config
from torch import nn
from torch.utils.data import Dataset
from tqdm import tqdm

from tome.config import MergeConfig
from tome.lab.boundary import BadArgument
from tome.lab.command import check_size, configs, merging_text, origin_of, r_to_text
from tome.lab.evaluate import Accuracy, Shards, Sounds, data_splits, digit_splits, evaluate, joined, shape_text, size_of
from tome.lab.evaluate.splits import Normal
from tome.lab.measure import machine
from tome.lab.own import check_runs, frames_of, is_own, own_model, own_shape, own_size
from tome.lab.table import Table
from tome.lab.weights import build

__all__ = ["labels"]

SETTING = ("model", "weights", "data", "image_size", "train", "test", "seed", "batch", "k", "algorithm", "r")
SCORES = ("knn", "probe", "top1", "top5")


def labels(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    model = model_of(args)
    args.shape = shape_text(model, args.image_size)
    train, test = splits(args, model)
    with joined() as shards, Table(args.csv if shards.rank == 0 else None, SETTING) as table:
        if shards.rank == 0 and is_own(args.model) and not isinstance(test, Sounds):
            tqdm.write(f"{args.model}: {preparation(args, model)}")
        model = model.to(f"cuda:{shards.local}" if args.device == "cuda" else args.device)
        asked = [(config, setting(args, config, train, test)) for config in configs(args)]
        # Only rank 0 reads the file, so that all ranks agree on the remaining work.
        done = shards.share([each in table for _, each in asked])
        names = ("map",) if isinstance(test, Sounds) else SCORES
        for (config, each), known in zip(asked, done, strict=True):
            scores = None if known else measure(args, model, train, test, config, shards)
            if scores and shards.rank == 0:
                table.append(each | {name: getattr(scores, name) for name in names} | machine(args.device))
            if shards.rank == 0:
                tqdm.write(f"{merging_text(config)} r={each['r']:6} {line(scores) if scores else f'is in {args.csv}'}")


def setting(
    args: argparse.Namespace, config: MergeConfig, train: Dataset[Any] | None, test: Dataset[Any]
) -> dict[str, Any]:
    """Return the columns that tell one evaluation from another."""
    counts = (len(cast(Sized, train)) if train else 0, len(cast(Sized, test)), args.seed, args.batch, args.k)
    source, merging = args.data or "digits", (merging_text(config), r_to_text(config.r))
    part = f", {args.seconds:g} s" if args.seconds else ""
    part += "".join(f", {name} {' '.join(f'{each:g}' for each in given)}" for name, given in normal(args).items())
    values = (args.model, origin_of(args), f"{source}{part}", args.shape, *counts, *merging)
    return dict(zip(SETTING, values, strict=True))


def measure(
    args: argparse.Namespace,
    model: nn.Module,
    train: Dataset[Any] | None,
    test: Dataset[Any],
    config: MergeConfig,
    shards: Shards,
) -> Accuracy:
    name = f"{merging_text(config)} r={r_to_text(config.r)}"
    options = {"head": args.head, "batch": args.batch, "k": args.k, "workers": args.workers, "shards": shards}
    with tqdm(desc=name, unit=" images", leave=False, disable=shards.rank > 0, delay=1) as bar:
        for state in evaluate(model, train, test, config, **options):
            bar.total = state.total
            bar.update(state.seen - bar.n)
    return state


def line(scores: Accuracy) -> str:
    found = {name: getattr(scores, name) for name in (*SCORES, "map")}
    return "   ".join(f"{name} {value:.2f} %" for name, value in found.items() if value is not None)


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
    if not args.data and frames_of(model):
        raise BadArgument(f"--data must be given for {args.model}, a model of clips: digits are images")
    sounds = args.data and (args.data / "val.csv").is_file()
    check_runs(args.model, model, own_shape(model, args.image_size, None if sounds else 3))
    return model


def preparation(args: argparse.Namespace, model: nn.Module) -> str:
    """Return how images or clips become inputs of ``model``, in words."""
    shape = resolve_model_data_config(model, {**normal(args)})  # type: ignore[no-untyped-call]
    mean, std = (" ".join(f"{each:g}" for each in shape[name]) for name in ("mean", "std"))
    clips = frames_of(model)
    cut = f", {shape['interpolation']}, crop {shape['crop_pct']:g}" if args.data and not clips else ""
    return f"{'clips' if clips else 'images'} of {args.shape} px, mean {mean}, std {std}{cut}"


def splits(args: argparse.Namespace, model: nn.Module) -> tuple[Dataset[Any] | None, Dataset[Any]]:
    if args.data:
        options = {"head": args.head, "seconds": args.seconds, "normal": normal(args)}
        return data_splits(model, args.model, args.image_size, args.data, **options)
    return digit_splits(model, args.image_size, args.train, args.test, args.seed, normal(args))


def normal(args: argparse.Namespace) -> Normal:
    """Return the mean and standard deviation that were given."""
    given = {"mean": args.mean, "std": args.std}
    return {name: values for name, values in given.items() if values}
