"""Shared arguments of the commands: the model and how it merges."""

import argparse
from collections.abc import Iterator, Sequence
from typing import Any

import torch

from tome.config import MergeConfig, of_paper
from tome.lab.arguments import Parser, number, whole
from tome.lab.boundary import BadArgument
from tome.lab.own import is_own
from tome.matching import ALGORITHMS
from tome.schedule import R, check

__all__ = [
    "Parser", "add_clips", "add_merging", "add_model", "add_threads", "check_own", "check_size", "configs", "device",
    "is_proportional", "merging_text", "number", "origin_of", "r_from_text", "r_to_text", "side_or_sides", "whole",
]  # fmt: skip

THREADS = 1024
SEEDS = 2**32 - 1
BUILDING = ("weights", "pretrained", "frames", "tubelet")
"""options that say how to build a model by name"""


def device(text: str) -> str:
    """Return the name of an available device; an argument type."""
    try:
        named = torch.device(text)
    except RuntimeError:
        named = torch.device("meta")
    there = {"cpu": 1, "cuda": torch.cuda.device_count(), "mps": int(torch.backends.mps.is_available())}
    if named.type not in there:
        raise argparse.ArgumentTypeError(f"must be cpu, cuda, cuda:N or mps; got {text[:40]!r}")
    if (named.index or 0) >= there[named.type]:
        raise argparse.ArgumentTypeError(f"must be a device of this machine; {text} is not")
    return text


def side_or_sides(text: str) -> int | tuple[int, int]:
    """Return a size in pixels, 224 or 1024x128 (height and width); an argument type."""
    sides = [whole(8, 16_384)(part) for part in text.split("x", 2)]
    if len(sides) > 2:
        raise argparse.ArgumentTypeError(
            f"must be a side like 224, or height and width like 1024x128; got {text[:40]!r}"
        )
    return sides[0] if len(sides) == 1 else (sides[0], sides[1])


def check_size(model: torch.nn.Module, size: int | tuple[int, int]) -> None:
    """Raise BadArgument unless images of ``size`` pixels divide into whole patches of ``model``."""
    patch = max(getattr(getattr(model, "patch_embed", None), "patch_size", (1, 1)))
    for side in (size,) if isinstance(size, int) else size:
        if side % patch:
            raise BadArgument(f"--image-size must be a multiple of the patch, {patch} pixels; got {side}")


def r_from_text(text: str) -> R:
    """Return r from ``13`` (constant) or ``16,-1`` (r and inflection); an argument type."""
    try:
        parts = text.split(",")
        if len(parts) > 2:
            raise ValueError("there are two numbers at most")
        r: R = int(parts[0]) if len(parts) == 1 else (int(parts[0]), float(parts[1]))
        check(r)
    except (ValueError, TypeError, OverflowError) as rule:
        raise argparse.ArgumentTypeError(
            f"r must be a number like 13, or r and inflection like 16,-1; got {text!r}"
        ) from rule
    return r


def r_to_text(r: R) -> str:
    """Return the inverse of ``r_from_text``; a list per layer is joined by spaces."""
    if isinstance(r, tuple):
        return f"{r[0]},{r[1]:g}"
    return str(r) if isinstance(r, int) else " ".join(map(str, r))


def add_model(parser: argparse.ArgumentParser, *, own: Sequence[str] | None = None) -> None:
    """Add the options for model, weights and device; ``own``: the model may be ``module:callable``, without
    these options and those of BUILDING."""
    names = "mae_st_, videomae_ or audiomae_ with a size, such as mae_st_vit_base"
    last = "or ast"
    if own is not None:
        without = ", ".join(f"--{name.replace('_', '-')}" for name in (*BUILDING, *own))
        last = f"ast; or module:callable, such as my_model:build, for a model of your own, without {without}"
    parser.add_argument("model", help=f"timm name, such as vit_small_patch16_224; {names}; {last}")
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument(
        "--weights",
        metavar="FILE",
        help="weights: .safetensors or .pth with timm's keys, or a folder for ast; they decide the number of classes; random by default",
    )
    weights.add_argument("--pretrained", action="store_true", help="download timm's weights from the hub")
    parser.add_argument("--device", type=device, default="cpu", help="cpu, cuda, cuda:N or mps")
    add_threads(parser)


def check_own(parser: argparse.ArgumentParser, args: argparse.Namespace, *others: str) -> None:
    """End the command if a model of one's own was given options that say how to build one, ``others`` included."""
    for name in (*BUILDING, *others):
        if is_own(args.model) and getattr(args, name):
            flag = f"--{name.replace('_', '-')}"
            parser.error(f"{flag} must not be given with {args.model}: the callable builds the whole model")


def origin_of(args: argparse.Namespace) -> str:
    """Return where the weights come from, for a table."""
    return str(args.weights or (args.pretrained and "pretrained") or ("own" if is_own(args.model) else "random"))


def add_clips(parser: argparse.ArgumentParser) -> None:
    """Add the options for inputs other than colour images."""
    parser.add_argument("--frames", type=whole(1, 512), help="frames per clip, 16 by default; required for a timm ViT")
    parser.add_argument("--tubelet", type=whole(1, 64), help="frames per token, 2 by default")
    parser.add_argument("--in-chans", type=whole(1, 16), help="channels of the input: 1 for spectrograms")


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add the option for the threads of one operator."""
    parser.add_argument(
        "--threads", type=whole(1, THREADS), default=torch.get_num_threads(), help="threads per operator"
    )


class Distinct(argparse.Action):
    """Take several values, each of them once: a setting is measured once."""

    def __call__(
        self, parser: argparse.ArgumentParser, args: argparse.Namespace, values: Any, option: str | None = None
    ) -> None:
        for value in values:
            if values.count(value) > 1:
                said = value if isinstance(value, str) else r_to_text(value)
                parser.error(f"argument {option}: each value must be given once; got {said} more than once")
        setattr(args, self.dest, values)


def add_merging(parser: argparse.ArgumentParser, default: list[R], *, attention: bool = False) -> None:
    """Add the options for merging, ``attention`` among them."""
    parser.add_argument(
        "--r",
        type=r_from_text,
        nargs="+",
        action=Distinct,
        default=default,
        help="tokens merged per block, or r,inflection such as 16,-1",
    )
    names = tuple(ALGORITHMS)
    parser.add_argument(
        "--algorithm",
        nargs="+",
        action=Distinct,
        default=["bipartite"],
        choices=names,
        metavar="NAME",
        help="algorithm",
    )
    if attention:
        parser.add_argument(
            "--proportional-attention",
            action=argparse.BooleanOptionalAction,
            help="weigh tokens by their size in attention; by default as in the paper: not with mae in a model's name",
        )


def is_proportional(args: argparse.Namespace) -> bool:
    """Return whether attention is proportional: as asked, or as the paper has it for the model; of one's own, it is."""
    asked: bool | None = getattr(args, "proportional_attention", True)
    if asked is None:
        return is_own(args.model) or MergeConfig(**of_paper(args.model)).proportional_attention
    return asked


def configs(args: argparse.Namespace) -> Iterator[MergeConfig]:
    """Yield every requested algorithm at every r; r = 0 once, where all algorithms are equal."""
    for algorithm in args.algorithm:
        for r in args.r:
            if r != 0 or algorithm == args.algorithm[0]:
                yield MergeConfig(r=r, algorithm=algorithm, proportional_attention=is_proportional(args))


def merging_text(config: MergeConfig) -> str:
    """Return the algorithm, for a table, with the attention unless it is proportional."""
    return config.algorithm + ("" if config.proportional_attention else ", plain attention")
