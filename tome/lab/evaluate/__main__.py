"""Accuracy of merging models on real labels; under torchrun, in shards."""

import argparse
import sys
from collections.abc import Sequence, Sized
from pathlib import Path
from typing import Any, cast

import torch
from torch import nn
from torch.utils.data import Dataset
from tqdm import tqdm

from tome.config import MergeConfig
from tome.lab.boundary import command
from tome.lab.command import (
    SEEDS,
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
from tome.lab.digits import COUNT
from tome.lab.evaluate import Accuracy, Shards, Sounds, data_splits, digit_splits, evaluate, joined, shape_text, size_of
from tome.lab.measure import machine
from tome.lab.table import Table
from tome.lab.weights import build

SETTING = ("model", "weights", "data", "image_size", "train", "test", "seed", "batch", "k", "algorithm", "r")
SCORES = ("knn", "probe", "top1", "top5")

EXAMPLES = """\
examples:
  k-NN and linear probe on scikit-learn's digits, without downloads; a restart continues the table
    python -m tome.evaluate vit_small_patch14_dinov2 --weights FILE --r 0 4 8 --csv digits.csv
  top-1 and top-5 of the model's own head, as in the paper's tables
    python -m tome.evaluate vit_base_patch16_224 --pretrained --head --data imagenet --r 0 8 16
  the same in four processes, or on eight GPUs; results equal those of one process
    torchrun --nproc-per-node 4 -m tome.evaluate vit_base_patch16_224 --pretrained --head --data imagenet
    torchrun --nproc-per-node 8 -m tome.evaluate vit_base_patch16_224 --pretrained --head --data imagenet --device cuda
  top-1 of a video model on clips, a folder per class; one view, two seconds around the middle of each clip
    python -m tome.evaluate mae_st_vit_large --weights FILE --head --data kinetics --r 0 65 --seconds 2.1 --batch 4
  mAP of an audio model on multi-label sounds: data/val/ and data/val.csv with columns file and labels ("0 137")
    python -m tome.evaluate audiomae_vit_base --weights FILE --head --data audioset --r 0 20 40
  word changes of Whisper on a folder of sounds; see python -m tome.evaluate speech --help
    python -m tome.evaluate speech sounds/ --r 0 200 300
  on two machines: run on each, with its number as --node-rank
    torchrun --nnodes 2 --node-rank 0 --master-addr HOST --nproc-per-node 8 -m tome.evaluate ... --device cuda
"""


def arguments(argv: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = Parser(
        prog=prog,
        description="Measure the accuracy of a merging model on real labels; in shards under torchrun.",
        epilog=EXAMPLES.replace("python -m tome.evaluate", prog),
    )
    add_model(parser)
    add_clips(parser)
    add_merging(parser, [0, 4, 8])
    parser.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="folder with val/ and train/, each with a folder per class; digits by default",
    )
    parser.add_argument("--head", action="store_true", help="top-1 and top-5 of the model's own classifier, on --data")
    parser.add_argument(
        "--image-size",
        type=side_or_sides,
        metavar="PIXELS",
        help="side, or height and width; by default 112 for digits, else the model's own",
    )
    parser.add_argument("--train", type=whole(1, COUNT - 1), default=500, help="digits to fit k-NN and probe on")
    parser.add_argument("--test", type=whole(1, COUNT - 1), default=500, help="digits to test on")
    parser.add_argument(
        "--seed", type=whole(0, SEEDS), default=0, help="seed of the selection of digits and of random weights"
    )
    parser.add_argument("--batch", type=whole(1, 65_536), default=50, help="samples in a batch")
    parser.add_argument("--k", type=whole(1, 1_000_000), default=10, help="neighbours of k-NN")
    parser.add_argument("--workers", type=whole(0, 256), default=0, help="worker processes for loading images")
    parser.add_argument("--seconds", type=float, help="seconds from the middle of each clip; the whole clip by default")
    parser.add_argument("--csv", metavar="FILE", help="append results to this table; skip settings already in it")
    args = parser.parse_args(argv)
    if args.head and not args.data:
        parser.error("--head must be used with --data: the head does not know the classes of digits")
    if not args.data and args.train + args.test > COUNT:
        parser.error(f"--train and --test must be together at most {COUNT}; got {args.train} and {args.test}")
    if not args.data and args.k > args.train:
        parser.error(f"--k must be at most --train, {args.train}; got {args.k}")
    if not args.data and isinstance(args.image_size, tuple):
        parser.error("--image-size must be a side for digits")
    return args


@command
def main(argv: Sequence[str] | None = None, prog: str = "python -m tome.evaluate") -> int:
    argv = sys.argv[1:] if argv is None else argv
    if list(argv[:1]) == ["speech"]:
        from tome.lab.evaluate import speech

        return speech.main(argv[1:], prog=f"{prog} speech")
    labels(arguments(argv, prog))
    return 0


def labels(args: argparse.Namespace) -> None:
    torch.set_num_threads(args.threads)
    args.image_size = args.image_size or (112 if args.data is None else None)
    clip = {"frames": args.frames, "tubelet": args.tubelet, "in_chans": args.in_chans}
    weights: dict[str, Any] = {"weights": args.weights, "pretrained": args.pretrained, "seed": args.seed}
    model = build(args.model, args.image_size, **weights, **clip)
    args.image_size = args.image_size or size_of(model)
    check_size(model, args.image_size)
    args.shape = shape_text(model, args.image_size)
    train, test = splits(args, model)
    with joined() as shards, Table(args.csv if shards.rank == 0 else None, SETTING) as table:
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
                tqdm.write(f"{config.algorithm} r={each['r']:6} {line(scores) if scores else f'is in {args.csv}'}")


def splits(args: argparse.Namespace, model: nn.Module) -> tuple[Dataset[Any] | None, Dataset[Any]]:
    if args.data:
        return data_splits(model, args.model, args.image_size, args.data, head=args.head, seconds=args.seconds)
    return digit_splits(model, args.image_size, args.train, args.test, args.seed)


def setting(
    args: argparse.Namespace, config: MergeConfig, train: Dataset[Any] | None, test: Dataset[Any]
) -> dict[str, Any]:
    """Return the columns that tell one evaluation from another."""
    origin = args.weights or ("pretrained" if args.pretrained else "random")
    counts = (len(cast(Sized, train)) if train else 0, len(cast(Sized, test)), args.seed, args.batch, args.k)
    source, merging = args.data or "digits", (config.algorithm, r_to_text(config.r))
    part = f", {args.seconds:g} s" if args.seconds else ""
    values = (args.model, origin, f"{source}{part}", args.shape, *counts, *merging)
    return dict(zip(SETTING, values, strict=True))


def measure(
    args: argparse.Namespace,
    model: nn.Module,
    train: Dataset[Any] | None,
    test: Dataset[Any],
    config: MergeConfig,
    shards: Shards,
) -> Accuracy:
    name = f"{config.algorithm} r={r_to_text(config.r)}"
    options = {"head": args.head, "batch": args.batch, "k": args.k, "workers": args.workers, "shards": shards}
    with tqdm(desc=name, unit=" images", leave=False, disable=shards.rank > 0, delay=1) as bar:
        for state in evaluate(model, train, test, config, **options):
            bar.total = state.total
            bar.update(state.seen - bar.n)
    return state


def line(scores: Accuracy) -> str:
    found = {name: getattr(scores, name) for name in (*SCORES, "map")}
    return "   ".join(f"{name} {value:.2f} %" for name, value in found.items() if value is not None)


if __name__ == "__main__":
    sys.exit(main())
