"""Compare merging, with and without sizes, to dropping tokens, on clips."""

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from tqdm import tqdm

from tome.config import MergeConfig
from tome.forward.state import ForwardState
from tome.hosts.registry import host_of
from tome.lab.boundary import command
from tome.lab.command import Parser, add_clips, add_model, r_from_text, r_to_text, side_or_sides, whole
from tome.lab.driven import driven
from tome.lab.evaluate.media import CLIPS, ClipReader, prepared_clip
from tome.lab.evaluate.splits import size_of
from tome.lab.pooling_figures import Look, rows, verdict
from tome.lab.weights import build
from tome.models.build import normalisation
from tome.models.tubelet import TubeletEmbed
from tome.schedule import R

EXAMPLES = """\
examples:
  python -m tome.lab.pooling videomae_vit_base --weights model.safetensors --data kinetics/val --r 65 100
  python -m tome.lab.pooling mae_st_vit_large --weights FILE --data clips/ --seconds 2.1 --seeds 5

A model that takes the mean of its tokens takes a merged token for one patch, unless the mean weighs it by its size;
attention does the same, unless it is proportional. The one published comparison on such models, which does neither,
found merging no better than dropping. Here every way keeps equally many tokens: merging with both, with one, with
neither, and random dropping over --seeds. "agrees": share of the clips whose likeliest class is the plain model's;
"KL": of the class probabilities from the plain model's, in nats; "top-1" where FOLDER holds one folder for each class
of the head. A difference counts where its 95 % interval over the clips leaves out 0. Random weights prove nothing.
"""
WAYS = {"both": (True, True), "attention": (True, False), "pool": (False, True), "neither": (False, False)}
"""Where sizes count → proportional attention, and pooling by size"""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m tome.lab.pooling",
        description=__doc__,
        epilog=EXAMPLES,
    )
    add_model(parser)
    add_clips(parser)
    parser.add_argument(
        "--data", type=Path, required=True, metavar="FOLDER", help="folder of clips, or of a folder per class"
    )
    parser.add_argument(
        "--r", type=r_from_text, nargs="+", default=[65], help="tokens merged per block, or r,inflection such as 65,-1"
    )
    parser.add_argument("--seeds", type=whole(1, 1000), default=3, help="seeds of random dropping")
    parser.add_argument("--image-size", type=side_or_sides, metavar="PIXELS", help="side; the model's own by default")
    parser.add_argument("--seconds", type=float, help="seconds from the middle of each clip; the whole clip by default")
    return parser.parse_args(argv)


@command
def main(argv: Sequence[str] | None = None) -> None:
    args = arguments(argv)
    torch.set_num_threads(args.threads)
    clip = {"frames": args.frames, "tubelet": args.tubelet, "in_chans": args.in_chans}
    model: Any = build(args.model, args.image_size, weights=args.weights, pretrained=args.pretrained, **clip)
    check(model)
    model = model.to(args.device)
    clips = list(files_of(args.data, model.num_classes))
    runs = {r: forwards(model, r, args.seeds) for r in args.r}
    plain, read = driven(model, MergeConfig(r=0), advance), reader(args, model)
    looks: dict[R, list[Look]] = {r: [] for r in args.r}
    for path, label in tqdm(clips, "clips", leave=False):
        images = read(path)[None].to(args.device)
        with torch.inference_mode():
            wanted = plain(images)[0]
            for r, ways in runs.items():
                answers = {name: [run(images)[0] for run in each] for name, each in ways.items()}
                looks[r].append(Look.of(wanted, answers, label))
    for r, seen in looks.items():
        print(f"r = {r_to_text(r)}, {len(clips)} clips, {args.seeds} seeds of dropping")
        print("\n".join([*rows(seen), *verdict(seen)]))


def check(model: Any) -> None:
    """Raise ValueError unless ``model`` takes clips and pools over tokens."""
    if not isinstance(model.patch_embed, TubeletEmbed):
        raise ValueError("model must be one of clips: mae_st_, videomae_ and a size, or a timm ViT with --frames")
    if not model.num_classes or not host_of(model).pooled(model):
        raise ValueError("model must have a head that pools over tokens: only pooling weighs them by size")


def files_of(folder: Path, classes: int) -> Iterator[tuple[Path, int | None]]:
    """Return the clips below ``folder``, with labels if there is a folder for each class of the head."""
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in CLIPS)
    if not found:
        raise ValueError(f"data must be a folder that holds at least one clip; got {folder}")
    names = sorted(path.name for path in folder.iterdir() if path.is_dir())
    for path in found:
        first = path.relative_to(folder).parts[0]
        yield path, names.index(first) if len(names) == classes and first in names else None


def forwards(model: nn.Module, r: R, seeds: int) -> dict[str, list[Callable[[Tensor], Tensor]]]:
    """Return the forwards by name; all remove the same number of tokens."""
    ways = {}
    for name, (attention, pool) in WAYS.items():
        config = MergeConfig(r=r, proportional_attention=attention)
        ways[name] = [driven(model, config, advance if pool else advance_unweighted)]
    dropping = [MergeConfig(r=r, algorithm="random_prune", seed=seed) for seed in range(seeds)]
    return ways | {"dropping": [driven(model, config, advance) for config in dropping]}


def advance(state: ForwardState, blocks: list[nn.Module]) -> Tensor:
    """Run the blocks; each patch gets its token back, so that a mean weighs tokens by their sizes."""
    advance_unweighted(state, blocks)
    return state.result(pooled=True, restored=True)


def advance_unweighted(state: ForwardState, blocks: list[nn.Module]) -> Tensor:
    """Run the blocks and give the tokens as they are."""
    for block in blocks:
        state.advance(block)
    return state.x


def reader(args: argparse.Namespace, model: Any) -> Callable[[Path], Tensor]:
    mean, std = normalisation(args.model, model)
    side = size_of(model)
    size = (side, side) if isinstance(side, int) else side
    read, prepare = ClipReader(model.patch_embed.frames, args.seconds), partial(prepared_clip, size=size)
    return lambda path: prepare(read(path), mean=mean, std=std)


if __name__ == "__main__":
    sys.exit(main())
