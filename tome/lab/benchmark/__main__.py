"""Plain and merging models in turn, a line and a CSV record for each setting."""

import argparse
import sys
from collections.abc import Sequence

import torch

from tome.lab.benchmark import TASKS
from tome.lab.benchmark.show import show_parts, show_scaling, show_speeds
from tome.lab.benchmark.show_target import show_target, target_of
from tome.lab.benchmark.subjects import subjects
from tome.lab.boundary import command
from tome.lab.command import Parser, add_clips, add_merging, add_model, check_own, number, side_or_sides, whole

EXAMPLES = """\
examples:
  throughput at several r, constant and decreasing; a restart continues the table
    python -m tome.benchmark vit_small_patch16_224 --r 0 8 13 16 16,-1 --batch 8 --csv speed.csv
  the smallest r at which one photo takes at most 20 ms, and the smallest that is 1.5 times as fast
    python -m tome.benchmark vit_small_patch16_224 --target-ms 20 --batch 1
    python -m tome.benchmark vit_small_patch16_224 --target-speedup 1.5
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
  a model of your own: what the function build of my_model.py returns
    python -m tome.benchmark my_model:build --image-size 224 --r 0 8 16

A round runs the plain and the merging model once each. Printed are medians with quartiles over --rounds, after --warmup
unmeasured rounds; the speed-up is the median of the ratios within rounds. Without --weights or --pretrained the weights
are random, which takes the same time. "share" is the measured share of the speed-up predicted by the GFLOPs.
--limit adds the free merge to each round: each block drops its first r tokens without matching. No method that removes
as many tokens can be faster. "of the free merge" is its time divided by the merged time. Peak memory is that of tensors, weights
not counted. CSV records include the load average before the measurement.
"""
MEASURED = {
    "train": "time a training step",
    "trace": "time forwards that record every merge",
    "tracing": "time the same merged run with and without recording",
    "parts": "time the parts of each block",
    "scaling": "time matching and merging over the number of tokens",
}
"""option → what it measures instead of a forward"""

SEARCHLESS = ("tracing", "parts", "scaling")
"""tasks that are not compared with the plain model, so that no r can be searched for them"""


def arguments(argv: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = Parser(
        prog=prog,
        description="Measure the speed of a model, plain and merging in turn: a line and a CSV record per setting.",
        epilog=EXAMPLES.replace("python -m tome.benchmark", prog),
    )
    add_model(parser, own=())
    add_clips(parser)
    add_merging(parser, [0, 8, 13, 16], attention=True)
    parser.add_argument("--batch", type=whole(1, 65_536), nargs="+", default=[8], help="images per batch")
    parser.add_argument(
        "--image-size",
        type=side_or_sides,
        nargs="+",
        metavar="PIXELS",
        help="side, or height and width like 1024x128; by default 224, or what a model of your own says",
    )
    task = parser.add_mutually_exclusive_group()
    for name, words in MEASURED.items():
        task.add_argument(f"--{name}", dest="task", action="store_const", const=name, help=words)
    task.add_argument("--limit", action="store_true", help="also time the free merge, an upper bound")
    parser.add_argument(
        "--rounds", type=whole(1, 1_000_000), default=20, help="measured rounds; each runs every model once, in turn"
    )
    parser.add_argument("--warmup", type=whole(0, 1_000_000), default=2, help="warm-up rounds, not measured")
    parser.add_argument("--csv", metavar="FILE", help="append results to this table; skip settings already in it")
    _add_target(parser)
    args = parser.parse_args(argv)
    args.task = args.task or TASKS[0]
    _check_target(parser, args)
    check_own(parser, args)
    return args


def _add_target(parser: argparse.ArgumentParser) -> None:
    target, without = parser.add_mutually_exclusive_group(), f"without {', '.join(f'--{task}' for task in SEARCHLESS)}"
    search = "instead of --r: search the smallest r"
    words = f"{search} at which a batch takes at most so many milliseconds; {without}"
    target.add_argument("--target-ms", type=number(1e-3, 1e9), metavar="MS", help=words)
    words = f"{search} that is so many times as fast as the plain model; {without}"
    target.add_argument("--target-speedup", type=number(1.01, 1e6), metavar="FACTOR", help=words)


def _check_target(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    if target_of(args) and args.task in SEARCHLESS:
        parser.error(f"--target-ms and --target-speedup must not be combined with --{args.task}")
    if target_of(args) and args.r is not parser.get_default("r"):
        parser.error("--r must not be combined with --target-ms and --target-speedup, which search it")


@command
def main(argv: Sequence[str] | None = None, prog: str = "python -m tome.benchmark") -> None:
    args = arguments(argv, prog)
    torch.set_num_threads(args.threads)
    if args.task == "scaling":
        return show_scaling(args)
    for model, shape in subjects(args):
        for batch in args.batch:
            images = torch.randn(batch, *shape, generator=torch.Generator().manual_seed(0)).to(args.device)
            if target := target_of(args):
                show_target(args, model, images, target)
            else:
                show = show_parts if args.task == "parts" else show_speeds
                show(args, model, images)
    return None


if __name__ == "__main__":
    sys.exit(main())
