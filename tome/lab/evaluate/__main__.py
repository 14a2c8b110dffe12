"""Accuracy of merging models on real labels; under torchrun, in shards."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tome.lab.boundary import command
from tome.lab.command import SEEDS, Parser, add_clips, add_merging, add_model, check_own, number, side_or_sides, whole
from tome.lab.digits import COUNT
from tome.lab.evaluate.run import labels

EXAMPLES = """\
examples:
  k-NN and linear probe on scikit-learn's digits, without downloads; a restart continues the table
    python -m tome.evaluate vit_small_patch14_dinov2 --weights FILE --r 0 4 8 --csv digits.csv
  top-1 and top-5 of the model's own head, as in the paper's tables
    python -m tome.evaluate vit_base_patch16_224 --pretrained --head --data imagenet --r 0 8 16
  the same in four processes, or on eight GPUs; results equal those of one process
    torchrun --nproc-per-node 4 -m tome.evaluate vit_base_patch16_224 --pretrained --head --data imagenet
    torchrun --nproc-per-node 8 -m tome.evaluate vit_base_patch16_224 --pretrained --head --data imagenet --device cuda
  a model of your own: what the function build of my_model.py returns
    python -m tome.evaluate my_model:build --head --data FOLDER --mean 0.5 0.5 0.5 --std 0.5 0.5 0.5
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
    add_model(parser, own=("in_chans",))
    add_clips(parser)
    add_merging(parser, [0, 4, 8], attention=True)
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
        help="side, or height and width; by default 112 for digits, else the model's own; of a model of yours, always its own",
    )
    default = "three numbers, of pixels from 0 to 1; by default of the model's pretrained_cfg, else ImageNet's"
    for name, low, what in (("mean", -1e3, "means"), ("std", 1e-3, "standard deviations")):
        words = f"{what} of the channels: {default}"
        parser.add_argument(f"--{name}", type=number(low, 1e3), nargs=3, metavar="VALUE", help=words)
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
    check_own(parser, args, "in_chans")
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


if __name__ == "__main__":
    sys.exit(main())
