"""Search the r that reaches a target on the command line; print the answer and append its row."""

import argparse
from dataclasses import replace

import torch
from torch import Tensor, nn
from tqdm import tqdm

from tome.config import MergeConfig
from tome.forward.trace import trace
from tome.lab.benchmark.report import line, record
from tome.lab.benchmark.show import SETTING, last, name_of, setting_of
from tome.lab.benchmark.speed import Speed, compare
from tome.lab.benchmark.target import Found, Target, search
from tome.lab.command import is_proportional
from tome.lab.measure import Spread, load, machine
from tome.lab.table import Table
from tome.schedule import cap

__all__ = ["show_target", "target_of"]

FEW = 5
"""rounds of a measurement that only says in which half to go on"""


def target_of(args: argparse.Namespace) -> Target | None:
    """Return the target that ``args`` name."""
    if args.target_ms is not None:
        return Target(seconds=args.target_ms / 1e3)
    return None if args.target_speedup is None else Target(speed_up=args.target_speedup)


def show_target(args: argparse.Namespace, model: nn.Module, images: Tensor, target: Target) -> None:
    here = machine(args.device)
    with Table(args.csv, (*SETTING, *here)) as table:
        for algorithm in args.algorithm:
            before = {"load": load()}
            config = MergeConfig(algorithm=algorithm, proportional_attention=is_proportional(args))
            found = search_r(args, model, images, config, target)
            config = replace(config, r=found.r)
            setting = setting_of(args, images, config, here)
            if setting not in table:
                table.append(setting | record(found.speed) | before)
            tqdm.write(f"{name_of(args, images, config)} {line(found.speed)}")
            tqdm.write(answer(found, target, *tokens(model, images, config)))


def search_r(args: argparse.Namespace, model: nn.Module, images: Tensor, config: MergeConfig, target: Target) -> Found:
    """Return what ``search`` finds for a constant r, every measurement printed."""

    def measure(r: int, sure: bool) -> Speed:
        chosen, rounds = replace(config, r=r), args.rounds if sure else min(FEW, args.rounds)
        options = {"limit": args.limit and sure, "rounds": rounds, "warmup": args.warmup}
        name = name_of(args, images, chosen)
        speed = last(compare(model, images, chosen, args.task, **options), rounds, name)
        tqdm.write(f"{name} {times(speed)}, {rounds} rounds")
        return speed

    with torch.inference_mode():
        _, plain = trace(model, images[:1], replace(config, r=0))
    return search(measure, cap(plain.n_in, plain.prefix), target)


def tokens(model: nn.Module, images: Tensor, config: MergeConfig) -> tuple[int, int]:
    """Return the number of tokens before the first block and after the last."""
    with torch.inference_mode():
        _, record = trace(model, images[:1], config)
    return record.n_in, record.layers[-1].grouping.n_out


def answer(found: Found, target: Target, before: int, after: int) -> str:
    """Return the answer in words."""
    aim = f"{target.seconds * 1e3:g} ms" if target.seconds is not None else f"{target.speed_up:g} x"
    speed, kept = found.speed, f"{after} of {before} tokens are left after the last block."
    if found.reached and found.r == 0:
        return f"r = 0 reaches {aim}: the plain model takes {_ms(speed.plain_seconds)}."
    doubt = "" if target.certain(speed) else "The quartiles lie on both sides: more --rounds tell. "
    told = f"{times(speed)}; plain {_ms(speed.plain_seconds)}. {doubt}{kept}"
    if not found.reached:
        return f"No r reaches {aim}: even the largest, r = {found.r}, takes {told}"
    missed = f" r = {found.missed[0]} misses it: {times(found.missed[1])}." if found.missed else ""
    return f"r = {found.r} reaches {aim}: {told}{missed}"


def times(speed: Speed) -> str:
    """Return time and speed-up, medians with quartiles."""
    gain = speed.speed_up
    return f"{_ms(speed.seconds)}, {gain.median:.3f} x ({gain.low:.3f} - {gain.high:.3f})"


def _ms(spread: Spread) -> str:
    return f"{spread.median * 1e3:.2f} ms ({spread.low * 1e3:.2f} - {spread.high * 1e3:.2f})"
