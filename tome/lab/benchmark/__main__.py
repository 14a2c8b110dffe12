"""``python -m tome.benchmark``: plain and merging models in turn, a line and a CSV record for each setting."""

import argparse
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from typing import Any, TypeVar

import torch
from tqdm import tqdm

from tome.config import MergeConfig
from tome.lab.benchmark import TASKS, compare, exponent, parts, scaling
from tome.lab.benchmark.report import block_record, line, record, scaling_record, size_text
from tome.lab.boundary import command
from tome.lab.command import (
    Parser,
    add_clips,
    add_merging,
    add_model,
    check_size,
    configs,
    r_to_text,
    side_or_sides,
    whole,
)
from tome.lab.measure import load, machine
from tome.lab.table import Table
from tome.lab.weights import build
from tome.models.build import named
from tome.models.spectrograms import is_ast

SETTING = ("model", "weights", "task", "image_size", "batch", "algorithm", "r", "rounds", "device")
GROWTH = ("task", "algorithm", "rounds", "tokens")

EXAMPLES = """\
examples:
  throughput at several r, constant and decreasing; a restart continues the table
    python -m tome.benchmark vit_small_patch16_224 --r 0 8 13 16 16,-1 --batch 8 --csv speed.csv
  a training step: forward, backward and AdamW
    python -m tome.benchmark vit_small_patch16_224 --train --r 13 --rounds 10
  time of the parts of each block
    python -m tome.benchmark vit_base_patch16_224 --parts --r 16 --batch 1
  cost of matching and merging from 197 to 4,097 tokens (the model is required, but not run)
    python -m tome.benchmark vit_small_patch16_224 --scaling --algorithm bipartite kmeans
  the paper's video model on clips of 16 frames, 1,568 tokens, with the upper bound of any method
    python -m tome.benchmark mae_st_vit_base --r 65 --batch 1 --limit --rounds 5
  the paper's audio model, and a timm ViT on clips of 8 frames
    python -m tome.benchmark audiomae_vit_base --r 40 --batch 1
    python -m tome.benchmark vit_small_patch16_224 --frames 8 --tubelet 2 --r 32

A round runs the plain and the merging model once each. Printed are medians with quartiles over --rounds, after --warmup
unmeasured rounds; the speed-up is the median of the ratios within rounds. Without --weights or --pretrained the weights
are random, which takes the same time. "share" is the measured share of the speed-up predicted by the GFLOPs.
--limit adds the free merge to each round: each block drops its first r tokens without matching. No method that removes
as many tokens can be faster. "of the free merge" is its time divided by the merged time. CSV records include the load
average before the measurement.
"""

State = TypeVar("State")


def arguments(argv: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = Parser(
        prog=prog,
        description="Measure the speed of a model, plain and merging in turn: a line and a CSV record per setting.",
        epilog=EXAMPLES.replace("python -m tome.benchmark", prog),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_model(parser)
    add_clips(parser)
    add_merging(parser, [0, 8, 13, 16])
    parser.add_argument("--batch", type=whole(1, 65_536), nargs="+", default=[8], help="images per batch")
    parser.add_argument(
        "--image-size", type=side_or_sides, nargs="+", metavar="PIXELS", help="side, or height and width like 1024x128"
    )
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--train", dest="task", action="store_const", const="train", help="time a training step")
    task.add_argument(
        "--trace", dest="task", action="store_const", const="trace", help="time forwards that record every merge"
    )
    task.add_argument(
        "--tracing",
        dest="task",
        action="store_const",
        const="tracing",
        help="time recording against the same merged run",
    )
    task.add_argument("--parts", dest="task", action="store_const", const="parts", help="time the parts of each block")
    task.add_argument(
        "--scaling",
        dest="task",
        action="store_const",
        const="scaling",
        help="time matching and merging over the number of tokens",
    )
    parser.add_argument(
        "--rounds", type=whole(1, 1_000_000), default=20, help="measured rounds; each runs every model once, in turn"
    )
    parser.add_argument("--warmup", type=whole(0, 1_000_000), default=2, help="unmeasured rounds before")
    parser.add_argument("--limit", action="store_true", help="also time the free merge, an upper bound")
    parser.add_argument("--csv", metavar="FILE", help="append results to this table; settings in it are skipped")
    args = parser.parse_args(argv)
    args.task = args.task or TASKS[0]
    if args.limit and args.task != TASKS[0]:
        parser.error(f"--limit must go with forwards, not with --{args.task}")
    args.image_size = args.image_size or [
        (1024, 128) if args.model == "ast" or named(args.model) == "audiomae_" else 224
    ]
    return args


@command
def main(argv: Sequence[str] | None = None, prog: str = "python -m tome.benchmark") -> None:
    args = arguments(argv, prog)
    torch.set_num_threads(args.threads)
    if args.task == "scaling":
        return show_scaling(args)
    for size in args.image_size:
        clip = {"frames": args.frames, "tubelet": args.tubelet, "in_chans": args.in_chans}
        model = build(args.model, size, weights=args.weights, pretrained=args.pretrained, **clip).to(args.device)
        check_size(model, size)
        shape = sample_shape(model, size)
        for batch in args.batch:
            images = torch.randn(batch, *shape, generator=torch.Generator().manual_seed(0)).to(args.device)
            show = show_parts if args.task == "parts" else show_speeds
            show(args, model, images)
    return None


def sample_shape(model: Any, size: int | tuple[int, int]) -> tuple[int, ...]:
    """Return channels, frames of a clip, height and width of one sample for ``model``; AST has no channels."""
    height, width = (size, size) if isinstance(size, int) else size
    if is_ast(model):
        return (height, width)
    clip = getattr(model.patch_embed, "clip", ())[:1] if hasattr(model, "patch_embed") else ()
    return (getattr(model, "in_chans", 3), *clip, height, width)


def show_speeds(args: argparse.Namespace, model: torch.nn.Module, images: torch.Tensor) -> None:
    here = machine(args.device)
    with Table(args.csv, (*SETTING, *here)) as table:
        fill(table, args, model, images, here)


def fill(
    table: Table, args: argparse.Namespace, model: torch.nn.Module, images: torch.Tensor, here: dict[str, str | int]
) -> None:
    """Measure the settings that ``table`` does not hold."""
    for config in configs(args):
        setting = setting_of(args, images, config, here)
        name = f"{args.task:7} {size_text(images)} px x {len(images):<3} {config.algorithm} r={setting['r']:6}"
        if setting in table:
            tqdm.write(f"{name} is in {args.csv}")
            continue
        options = {"limit": args.limit, "rounds": args.rounds, "warmup": args.warmup}
        before = {"load": load()}
        speed = last(compare(model, images, config, args.task, **options), args, name)
        table.append(setting | record(speed) | before)
        tqdm.write(f"{name} {line(speed)}")


def setting_of(
    args: argparse.Namespace, images: torch.Tensor, config: MergeConfig, here: dict[str, str | int]
) -> dict[str, Any]:
    """Return the columns that tell one measurement from another."""
    origin = args.weights or ("pretrained" if args.pretrained else "random")
    values = (args.model, origin, args.task, size_text(images), len(images), config.algorithm, r_to_text(config.r))
    return {**dict(zip(SETTING, (*values, args.rounds, args.device), strict=True)), **here}


def show_parts(args: argparse.Namespace, model: torch.nn.Module, images: torch.Tensor) -> None:
    here = machine(args.device)
    with Table(args.csv, (*SETTING, *here, "block")) as table:
        for config in configs(args):
            setting = setting_of(args, images, config, here)
            name = f"{size_text(images)} px x {len(images)} {config.algorithm} r={r_to_text(config.r)}"
            if setting | {"block": 0} in table:
                tqdm.write(f"{name} is in {args.csv}")
                continue
            before = {"load": load()}
            found = last(parts(model, images, config, rounds=args.rounds, warmup=args.warmup), args, name)
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
            found = last(scaling(config=config, rounds=args.rounds, warmup=args.warmup), args, algorithm)
            tqdm.write(
                f"{algorithm}: time grows as tokens to the power of {exponent(found):.2f}\ntokens matching  merging  ms"
            )
            for cost in found:
                setting = dict(zip(GROWTH, ("scaling", algorithm, args.rounds, cost.tokens), strict=True)) | here
                if setting not in table:
                    table.append(setting | scaling_record(cost) | before)
                tqdm.write(f"{cost.tokens:6} {cost.matching.median * 1e3:8.3f} {cost.merging.median * 1e3:8.3f}")


def last(rounds: Iterator[State], args: argparse.Namespace, name: str) -> State:
    """Return the final state of a measurement, its rounds shown as a bar."""
    state: State = deque(tqdm(rounds, name, args.rounds, leave=False, delay=1), maxlen=1).pop()
    return state


if __name__ == "__main__":
    sys.exit(main())
