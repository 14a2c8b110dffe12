"""Compare merging across frames, merging within each frame and pruning, on a clip."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from typing import Any

import timm
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from tqdm import tqdm

from tome.config import MergeConfig
from tome.forward.trace import trace
from tome.hosts.frames import FrameModel
from tome.lab.boundary import command
from tome.lab.command import Parser, add_model, origin_of
from tome.lab.frames_input import frames_of, normalised
from tome.lab.measure import mean_text
from tome.lab.table import Table
from tome.lab.weights import build

EXAMPLES = """\
examples:
  python -m tome.lab.frames sample_clips/bunny.mp4 vit_small_patch14_dinov2 --weights FILE
  python -m tome.lab.frames sample_clips/bunny.mp4 vit_small_patch14_dinov2 --weights FILE --pan --rows 13
  python -m tome.lab.frames sample_images/dog.webp vit_small_patch14_dinov2 --weights FILE --pan --rows 16 --csv pan.csv

The model knows images, not motion. framewise: a token attends within its frames, merging is across all frames; joint:
every token attends to every other; apart: each frame alone. All keep equally many tokens. With --pan the clip is a window
that moves over a photo or a clip's first frame, two patches per frame, so the motion is known. Class cosine: with the mean
of the plain frames' outputs. Spanning: share of merged tokens with patches from several frames. Carried: share of patches
with the same token as their content in the next frame; without --pan, as the same place in the next frame.
"""
VARIANTS = ("framewise", "joint", "apart")
SETTING = ("clip", "model", "weights", "frames", "rows", "pan", "removed", "attention", "algorithm", "seed")
ALGORITHMS = ("bipartite", "random_merge", "random_prune")


@dataclass(frozen=True)
class Kept:
    """Figures of one run on a clip."""

    tokens: int
    class_cosine: float
    spanning: float
    carried: float

    @classmethod
    def read(cls, record: Mapping[str, str]) -> "Kept":
        """Return the cells of a table as text."""
        figures = (float(record[name]) for name in ("class_cosine", "spanning", "carried"))
        return cls(int(record["tokens"]), *figures)


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m tome.lab.frames",
        description=__doc__,
        epilog=EXAMPLES,
    )
    parser.add_argument("clip", type=Path, help="clip; with --pan, clip or photo")
    add_model(parser)
    parser.add_argument("--frames", type=int, default=6, help="frames taken from the clip")
    parser.add_argument("--rows", type=int, default=12, help="rows of patches per frame")
    parser.add_argument(
        "--removed", type=float, nargs="+", default=[0.5, 0.75, 0.9], help="shares of the patches to remove"
    )
    parser.add_argument("--seeds", type=int, default=3, help="seeds of random algorithms")
    parser.add_argument("--pan", action="store_true", help="pan a window over a photo or the first frame instead")
    parser.add_argument("--csv", metavar="FILE", help="append every run to this table; skip runs already in it")
    return parser.parse_args(argv)


@command
def main(argv: Sequence[str] | None = None) -> None:
    args = arguments(argv)
    torch.set_num_threads(args.threads)
    with torch.device("meta"):
        unweighted: Any = timm.create_model(args.model)
    patch = int(unweighted.patch_embed.patch_size[0])
    frames, shift = frames_of(args.clip, args.frames, args.rows, patch, args.pan)
    size = (frames.shape[2], frames.shape[3])
    model = build(args.model, size, weights=args.weights, pretrained=args.pretrained).to(args.device)
    images = normalised(model, frames).to(args.device)
    print(
        "| removed | attention | algorithm | tokens | class cosine | spanning | carried |\n|---|---|---|---|---|---|---|"
    )
    with Table(args.csv, SETTING) as table:
        for removed, variant, algorithm in product(args.removed, VARIANTS, ALGORITHMS):
            seeds = 1 if algorithm == "bipartite" else args.seeds
            runs = []
            for seed in tqdm(range(seeds), f"{variant} {algorithm}", leave=False):
                setting = setting_of(args, removed, variant, algorithm, seed)
                if (known := table.get(setting)) is None:
                    runs.append(keep(model, images, removed, variant, algorithm, seed, shift))
                    table.append(setting | asdict(runs[-1]))
                else:
                    runs.append(Kept.read(known))
            tqdm.write(line(removed, variant, algorithm, runs))


def setting_of(args: argparse.Namespace, removed: float, variant: str, algorithm: str, seed: int) -> dict[str, object]:
    """Return the columns that tell one run from another."""
    clip = (str(args.clip), args.model, origin_of(args), args.frames, args.rows, args.pan)
    return dict(zip(SETTING, (*clip, removed, variant, algorithm, seed), strict=True))


@torch.inference_mode()
def keep(model: nn.Module, images: Tensor, removed: float, variant: str, algorithm: str, seed: int, shift: int) -> Kept:
    """Run ``images`` [T, 3, H, W] with the share ``removed`` of the patches removed, equally many in every variant."""
    plain, count = model(images).mean(0), len(images)
    patches, grid = _patches(model, images)
    # A multiple of the number of frames, so that frames apart can remove equally many.
    total = round(removed * patches) * (1 if variant == "apart" else count)
    depth = len(list(model.get_submodule("blocks").children()))
    r = [total // depth + (block < total % depth) for block in range(depth)]
    config = MergeConfig(r=r, algorithm=algorithm, seed=seed)
    if variant == "apart":
        output, record = trace(model, images, config)
        result, prefix = output.mean(0), record.prefix
        own = record.source()[:, prefix:]
        source = torch.where(own < 0, own, own + torch.arange(count)[:, None] * record.n_in)
    else:
        output, record = trace(FrameModel(model, count, variant).eval(), images[None], config)
        result, prefix = output[0], record.prefix
        source = record.source()[0, prefix:].unflatten(0, (count, patches))
    tokens = len(source[source >= 0].unique())
    cosine = F.cosine_similarity(result, plain, dim=0).item()
    return Kept(tokens, cosine, spanning(source), carried(source.unflatten(1, grid), shift))


def spanning(source: Tensor) -> float:
    """Return the share of merged tokens that hold patches of more than one frame; ``source`` is [T, N]."""
    tokens = int(source.max()) + 1
    held = torch.stack([torch.bincount(row[row >= 0], minlength=tokens) for row in source], 1)
    merged = held[held.sum(1) > 1]
    return ((merged > 0).sum(1) > 1).float().mean().item() if len(merged) else 0.0


def carried(source: Tensor, shift: int) -> float:
    """Return the share of patches whose content, ``shift`` columns to the left in the next frame, has the same token.

    ``source`` is [T, rows, columns].  Content visible in one of two frames only does not count; dropped patches are
    not carried.
    """
    before, after = source[:-1, :, shift:], source[1:, :, : source.shape[2] - shift]
    return ((before == after) & (before >= 0)).float().mean().item()


def line(removed: float, variant: str, algorithm: str, runs: Sequence[Kept]) -> str:
    """Return a row of the table; several runs give mean ± standard deviation."""
    cells = [mean_text([getattr(run, name) for run in runs], digits) for name, digits in FIGURES]
    return f"| {100 * removed:.0f} % | {variant} | {algorithm} | {runs[0].tokens} | {' | '.join(cells)} |"


FIGURES = (("class_cosine", 4), ("spanning", 2), ("carried", 2))


def _patches(model: Any, images: Tensor) -> tuple[int, tuple[int, int]]:
    side = int(model.patch_embed.patch_size[0])
    rows, columns = images.shape[2] // side, images.shape[3] // side
    return rows * columns, (rows, columns)


if __name__ == "__main__":
    sys.exit(main())
