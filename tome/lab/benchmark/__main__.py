"""``python -m tome.benchmark``: plain and merging models in turn, a line and a CSV record for each setting."""

import argparse
import sys
from collections import deque
from collections.abc import Iterator, Sequence
from typing import TypeVar

import torch
from tqdm import tqdm

from tome.lab.benchmark import TASKS, Speed, compare, exponent, parts, scaling
from tome.lab.boundary import command
from tome.lab.command import Parser, add_merging, add_model, check_size, configs, r_to_text, whole
from tome.lab.measure import Spread, machine
from tome.lab.table import Table
from tome.lab.weights import build

SETTING = ("model", "weights", "task", "image_size", "batch", "algorithm", "r", "rounds", "device")

EXAMPLES = """\
examples:
  throughput at several r, constant and decreasing, into a table that is continued when it is started again
    python -m tome.benchmark vit_small_patch16_224 --r 0 8 13 16 16,-1 --batch 8 --csv speed.csv
  a training step: forward, backward and AdamW
    python -m tome.benchmark vit_small_patch16_224 --train --r 13 --rounds 10
  where the time of every block goes
    python -m tome.benchmark vit_base_patch16_224 --parts --r 16 --batch 1
  how matching and merging grow from 197 to 4,097 tokens (no model is run, but one has to be named)
    python -m tome.benchmark vit_small_patch16_224 --scaling --algorithm bipartite kmeans

A round runs plain and merged in turn; medians with quartiles over --rounds are said, after --warmup rounds that are
not counted. Only the ratios within a round make the speed-up. Without --weights or --pretrained the weights are
random: they cost the same time. "share" is how much of the speed-up that GFLOPs predict was reached.
"""

State = TypeVar("State")


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m tome.benchmark",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_model(parser)
    add_merging(parser, [0, 8, 13, 16])
    parser.add_argument("--batch", type=whole(1, 65_536), nargs="+", default=[8])
    parser.add_argument("--image-size", type=whole(8, 16_384), nargs="+", default=[224], metavar="PIXELS")
    task = parser.add_mutually_exclusive_group()
    task.add_argument("--train", dest="task", action="store_const", const="train", help="time a training step")
    task.add_argument("--trace", dest="task", action="store_const", const="trace", help="record every merge")
    task.add_argument("--tracing", dest="task", action="store_const", const="tracing", help="what recording costs")
    task.add_argument("--parts", dest="task", action="store_const", const="parts", help="time the parts of each block")
    task.add_argument("--scaling", dest="task", action="store_const", const="scaling", help="matching against tokens")
    parser.add_argument("--rounds", type=whole(1, 1_000_000), default=20)
    parser.add_argument("--warmup", type=whole(0, 1_000_000), default=2)
    parser.add_argument("--csv", metavar="FILE", help="append results; settings that it holds are skipped")
    args = parser.parse_args(argv)
    args.task = args.task or TASKS[0]
    if args.csv and args.task not in TASKS:
        parser.error(f"--csv must go with a comparison of speeds, not with --{args.task}")
    return args


@command
def main(argv: Sequence[str] | None = None) -> None:
    args = arguments(argv)
    torch.set_num_threads(args.threads)
    if args.task == "scaling":
        return show_scaling(args)
    for size in args.image_size:
        model = build(args.model, size, weights=args.weights, pretrained=args.pretrained).to(args.device)
        check_size(model, size)
        for batch in args.batch:
            images = torch.randn(batch, 3, size, size, generator=torch.Generator().manual_seed(0)).to(args.device)
            show = show_parts if args.task == "parts" else show_speeds
            show(args, model, images)
    return None


def show_speeds(args: argparse.Namespace, model: torch.nn.Module, images: torch.Tensor) -> None:
    here = machine(args.device)
    with Table(args.csv, (*SETTING, *here)) as table:
        fill(table, args, model, images, here)


def fill(
    table: Table, args: argparse.Namespace, model: torch.nn.Module, images: torch.Tensor, here: dict[str, str | int]
) -> None:
    """Measure the settings that ``table`` does not hold."""
    for config in configs(args):
        origin = args.weights or ("pretrained" if args.pretrained else "random")
        r, (batch, *_, size) = r_to_text(config.r), images.shape
        values = (args.model, origin, args.task, size, batch, config.algorithm, r, args.rounds, args.device)
        setting = {**dict(zip(SETTING, values, strict=True)), **here}
        name = f"{args.task:7} {size} px x {batch:<3} {config.algorithm} r={r:6}"
        if setting in table:
            tqdm.write(f"{name} is in {args.csv}")
            continue
        speed = last(compare(model, images, config, args.task, rounds=args.rounds, warmup=args.warmup), args, name)
        table.append(setting | record(speed))
        tqdm.write(f"{name} {line(speed)}")


def record(speed: Speed) -> dict[str, float]:
    """A Speed as columns."""
    spreads = {"seconds": speed.seconds, "plain_seconds": speed.plain_seconds, "speed_up": speed.speed_up}
    return {
        **{f"{name}{end}": value for name, spread in spreads.items() for end, value in quartiles(spread).items()},
        "images_per_second": speed.throughput,
        "plain_images_per_second": speed.plain_throughput,
        "gflops": speed.gflops,
        "plain_gflops": speed.plain_gflops,
        "predicted": speed.predicted,
        "share": speed.share,
        "peak_bytes": speed.peak_bytes,
        "plain_peak_bytes": speed.plain_peak_bytes,
    }


def quartiles(spread: Spread) -> dict[str, float]:
    return {"": spread.median, "_low": spread.low, "_high": spread.high}


def line(speed: Speed) -> str:
    return (
        f"{speed.plain_throughput:7.2f} -> {speed.throughput:7.2f} im/s   "
        f"{speed.speed_up.median:5.3f} x ({speed.speed_up.low:.3f} - {speed.speed_up.high:.3f})   "
        f"{speed.gflops:6.3f} GFLOPs, {speed.share:5.3f} of the predicted {speed.predicted:.3f} x   "
        f"{speed.plain_peak_bytes / 1e6:.0f} -> {speed.peak_bytes / 1e6:.0f} MB"
    )


def show_parts(args: argparse.Namespace, model: torch.nn.Module, images: torch.Tensor) -> None:
    for config in configs(args):
        name = f"{images.shape[-1]} px x {len(images)} {config.algorithm} r={r_to_text(config.r)}"
        found = last(parts(model, images, config, rounds=args.rounds, warmup=args.warmup), args, name)
        tqdm.write(f"{name}\nblock attention matching  merging      mlp  ms")
        for layer, part in enumerate(found):
            times = (part.attention, part.matching, part.merging, part.mlp)
            tqdm.write(f"{layer:5} " + " ".join(f"{time.median * 1e3:8.3f}" for time in times))


def show_scaling(args: argparse.Namespace) -> None:
    for algorithm in args.algorithm:
        config = next(each for each in configs(args) if each.algorithm == algorithm)
        found = last(scaling(config=config, rounds=args.rounds, warmup=args.warmup), args, algorithm)
        tqdm.write(
            f"{algorithm}: time grows as tokens to the power of {exponent(found):.2f}\ntokens matching  merging  ms"
        )
        for cost in found:
            tqdm.write(f"{cost.tokens:6} {cost.matching.median * 1e3:8.3f} {cost.merging.median * 1e3:8.3f}")


def last(rounds: Iterator[State], args: argparse.Namespace, name: str) -> State:
    """The final state of a measurement, its rounds shown as a bar."""
    state: State = deque(tqdm(rounds, name, args.rounds, leave=False, delay=1), maxlen=1).pop()
    return state


if __name__ == "__main__":
    sys.exit(main())
