"""Train tiny ViTs on digits at several r, and test each at every r."""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tqdm import tqdm

from tome.lab.boundary import command
from tome.lab.command import SEEDS, Parser, add_merging, add_threads, configs, r_to_text, whole
from tome.lab.digits import digits
from tome.lab.training import Recipe, TrainingRun, accuracy

EXAMPLES = """\
examples:
  plain and merged, for eight epochs
    python -m tome.training --r 0 4 --epochs 8
  merging and random pruning, with checkpoints; the same command resumes
    python -m tome.training --r 0 4 --algorithm bipartite random_prune --state runs
"""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m tome.training",
        description=__doc__,
        epilog=EXAMPLES,
    )
    add_merging(parser, [0, 4])
    parser.add_argument("--epochs", type=whole(1, 100_000), default=Recipe.epochs, help="passes over the digits")
    parser.add_argument("--seed", type=whole(0, SEEDS), default=Recipe.seed, help="seed of weights and batches")
    add_threads(parser)
    parser.add_argument("--state", type=Path, metavar="FOLDER", help="folder for checkpoints; runs resume from it")
    return parser.parse_args(argv)


@command
def main(argv: Sequence[str] | None = None) -> None:
    args = arguments(argv)
    torch.set_num_threads(args.threads)
    asked = list(configs(args))
    if args.state:
        args.state.mkdir(parents=True, exist_ok=True)
    for config in asked:
        recipe = Recipe(config=config, epochs=args.epochs, seed=args.seed)
        name = f"{config.algorithm} r={r_to_text(config.r)}"
        run = TrainingRun(recipe, args.state and args.state / f"{name.replace(' ', '-')}-seed={args.seed}.pt")
        for progress in tqdm(run.steps(), name, leave=False, unit=" steps"):
            if progress.accuracy is not None:
                tqdm.write(
                    f"{name} epoch {progress.epoch:2} loss {progress.loss:.3f} accuracy {progress.accuracy:.1f} %"
                )
        _, held_out = digits(recipe.image_size, recipe.train, recipe.test)
        for tested in asked:
            found = accuracy(run.model, *held_out, replace(config, r=tested.r, algorithm=tested.algorithm))
            tqdm.write(f"trained with {name}, tested with {tested.algorithm} r={r_to_text(tested.r)}: {found:.1f} %")


if __name__ == "__main__":
    sys.exit(main())
