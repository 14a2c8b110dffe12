"""Run the measurements of the command line; print a line and return rows of a table."""

import argparse
from collections import deque
from collections.abc import Iterator
from typing import Any, TypeVar

import torch
from tqdm import tqdm

from tome.config import MergeConfig
from tome.lab.benchmark import compare, exponent, parts, scaling
from tome.lab.benchmark.report import block_record, line, record, scaling_record, size_text
from tome.lab.command import configs, merging_text, origin_of, r_to_text
from tome.lab.measure import load, machine
from tome.lab.table import Table

__all__ = ["show_parts", "show_scaling", "show_speeds"]

SETTING = ("model", "weights", "task", "image_size", "batch", "algorithm", "r", "rounds", "device")
GROWTH = ("task", "algorithm", "rounds", "tokens")

State = TypeVar("State")


def show_speeds(args: argparse.Namespace, model: torch.nn.Module, images: torch.Tensor) -> None:
    """Measure the settings that the table does not hold."""
    here = machine(args.device)
    with Table(args.csv, (*SETTING, *here)) as table:
        for config in configs(args):
            setting, name = setting_of(args, images, config, here), name_of(args, images, config)
            if setting in table:
                tqdm.write(f"{name} is in {args.csv}")
                continue
            options = {"limit": args.limit, "rounds": args.rounds, "warmup": args.warmup}
            before = {"load": load()}
            speed = last(compare(model, images, config, args.task, **options), args.rounds, name)
            table.append(setting | record(speed) | before)
            tqdm.write(f"{name} {line(speed)}")


def name_of(args: argparse.Namespace, images: torch.Tensor, config: MergeConfig) -> str:
    return f"{args.task:7} {size_text(images)} px x {len(images):<3} {merging_text(config)} r={r_to_text(config.r):6}"


def setting_of(
    args: argparse.Namespace, images: torch.Tensor, config: MergeConfig, here: dict[str, str | int]
) -> dict[str, Any]:
    """Return the columns that tell one measurement from another."""
    origin = origin_of(args)
    values = (args.model, origin, args.task, size_text(images), len(images), merging_text(config), r_to_text(config.r))
    return {**dict(zip(SETTING, (*values, args.rounds, args.device), strict=True)), **here}


def show_parts(args: argparse.Namespace, model: torch.nn.Module, images: torch.Tensor) -> None:
    here = machine(args.device)
    with Table(args.csv, (*SETTING, *here, "block")) as table:
        for config in configs(args):
            setting = setting_of(args, images, config, here)
            name = f"{size_text(images)} px x {len(images)} {merging_text(config)} r={r_to_text(config.r)}"
            if setting | {"block": 0} in table:
                tqdm.write(f"{name} is in {args.csv}")
                continue
            before = {"load": load()}
            found = last(parts(model, images, config, rounds=args.rounds, warmup=args.warmup), args.rounds, name)
            tqdm.write(f"{name}\nblock attention matching  merging      mlp  ms")
            for block, part in enumerate(found):
                table.append(setting | {"block": block} | block_record(part) | before)
                times = (part.attention, part.matching, part.merging, part.mlp)
                tqdm.write(f"{block:5} " + " ".join(f"{time.median * 1e3:8.3f}" for time in times))


def show_scaling(args: argparse.Namespace) -> None:
    here = machine()
    with Table(args.csv, (*GROWTH, *here)) as table:
        for algorithm in args.algorithm:
            config = next(each for each in configs(args) if each.algorithm == algorithm)
            before = {"load": load()}
            found = last(scaling(config=config, rounds=args.rounds, warmup=args.warmup), args.rounds, algorithm)
            tqdm.write(
                f"{algorithm}: time grows as tokens to the power of {exponent(found):.2f}\ntokens matching  merging  ms"
            )
            for cost in found:
                setting = dict(zip(GROWTH, ("scaling", algorithm, args.rounds, cost.tokens), strict=True)) | here
                if setting not in table:
                    table.append(setting | scaling_record(cost) | before)
                tqdm.write(f"{cost.tokens:6} {cost.matching.median * 1e3:8.3f} {cost.merging.median * 1e3:8.3f}")


def last(rounds: Iterator[State], count: int, name: str) -> State:
    """Return the final state of a measurement of ``count`` rounds, shown as a bar."""
    state: State = deque(tqdm(rounds, name, count, leave=False, delay=1), maxlen=1).pop()
    return state
