"""What the commands of this library share: how a model and its merging are named on a command line."""

import argparse
from collections.abc import Iterator

import torch

from tome.config import MergeConfig
from tome.matching import ALGORITHMS
from tome.schedule import R, check

__all__ = ["add_merging", "add_model", "configs", "r_from_text", "r_to_text"]


def r_from_text(text: str) -> R:
    """``13`` is constant, ``16,-1`` decreasing: r and inflection."""
    try:
        parts = text.split(",")
        r = int(parts[0]) if len(parts) == 1 else (int(parts[0]), float(parts[1]))
        check(r if len(parts) <= 2 else tuple(parts))
    except (ValueError, TypeError) as rule:
        raise argparse.ArgumentTypeError(
            f"r must be a number like 13, or r and inflection like 16,-1; got {text!r}"
        ) from rule
    return r


def r_to_text(r: R) -> str:
    """The inverse of ``r_from_text``; a list per layer is joined by spaces."""
    if isinstance(r, tuple):
        return f"{r[0]},{r[1]:g}"
    return str(r) if isinstance(r, int) else " ".join(map(str, r))


def add_model(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """The options that say which model, with which weights, and where it runs."""
    count = {"nargs": "?", "default": default} if default else {}
    parser.add_argument("model", help="timm name, such as vit_small_patch16_224 or vit_small_patch14_dinov2", **count)
    parser.add_argument("--weights", metavar="FILE", help=".safetensors or .pth with timm's keys; random without")
    parser.add_argument("--pretrained", action="store_true", help="timm's weights, from the hub")
    parser.add_argument("--device", default="cpu", help="cpu or cuda")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), help="for one operator")


def add_merging(parser: argparse.ArgumentParser, default: list[R]) -> None:
    """The options that say how to merge."""
    parser.add_argument("--r", type=r_from_text, nargs="+", default=default, help="tokens per block, or 16,-1")
    parser.add_argument("--algorithm", nargs="+", default=["bipartite"], choices=tuple(ALGORITHMS), metavar="NAME")


def configs(args: argparse.Namespace) -> Iterator[MergeConfig]:
    """Every algorithm at every r that was asked for; r = 0 once, since no algorithm has anything to do there."""
    for algorithm in args.algorithm:
        for r in args.r:
            if r != 0 or algorithm == args.algorithm[0]:
                yield MergeConfig(r=r, algorithm=algorithm)
