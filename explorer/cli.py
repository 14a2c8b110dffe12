"""``python -m explorer.cli PHOTO…``: photos through a merging ViT, each as a web page of its own, without a browser."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tome.lab.boundary import BadArgument, command, launch, sentence
from tome.lab.files import replacing

# What takes seconds to import is imported in the functions, within the boundary: Ctrl-C is answered from the start.
if TYPE_CHECKING:
    from explorer.core.images import Picture
    from explorer.core.models import Backbone
    from tome.config import MergeConfig

SMALLEST, LARGEST = 8, 1024
"""pixels of a side"""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    from explorer.core.models import EMBEDDED
    from tome.lab.command import Parser, r_from_text, whole
    from tome.matching import ALGORITHMS

    parser = Parser(prog="python -m explorer.cli", description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--r", type=r_from_text, default=16, help="tokens merged per layer, or R,INFLECTION")
    parser.add_argument("--algorithm", default="bipartite", choices=tuple(ALGORITHMS), metavar="NAME")
    parser.add_argument("--model", default=EMBEDDED, help="a timm name, or random:NAME; the embedded DINOv2 by default")
    parser.add_argument(
        "--side", type=whole(SMALLEST, LARGEST), default=224, help="pixels of a square with as many patches"
    )
    parser.add_argument("--crop", default="whole", choices=("whole", "square"))
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")
    return parser.parse_args(argv)


@command
def main(argv: Sequence[str] | None = None) -> int:
    """Write a page per photo and say what it cost; a photo that cannot be read is said and left out."""
    from explorer.core.images import BadImage
    from explorer.core.models import load as load_model
    from tome.config import MergeConfig

    args = arguments(argv)
    config = MergeConfig(r=args.r, algorithm=args.algorithm)
    args.out.mkdir(parents=True, exist_ok=True)
    backbone = load_model(args.model, progress=lambda note: print(note, file=sys.stderr))
    crop, side = (args.crop, args.side) if backbone.any_shape else ("square", backbone.side)
    if side < backbone.patch:
        raise BadArgument(f"--side must be at least a patch, {backbone.patch} pixels; got {side}")
    refused = 0
    for path in args.photos:
        try:
            picture = _read(path)
        except (BadImage, OSError) as reason:
            print(sentence(reason), file=sys.stderr)
            refused += 1
            continue
        print(_write_page(picture, backbone, config, side, crop, args.out))
    return int(refused > 0)


def _read(path: Path) -> "Picture":
    from explorer.core.images import MAX_BYTES, BadImage, load

    if path.exists() and not path.is_file():
        raise BadImage(f"{path} is not a file.")
    with path.open("rb") as file:
        return load(file.read(MAX_BYTES + 1), path.name)


def _write_page(
    picture: "Picture", backbone: "Backbone", config: "MergeConfig", side: int, crop: str, folder: Path
) -> str:
    """Write the page of a photo into ``folder``; return where it is and what it cost."""
    from explorer.core.forward import begin, class_cosine, forward
    from explorer.core.names import safe_name
    from explorer.core.runs import Job
    from explorer.core.views import fit
    from explorer.records.build import photo_part, record
    from explorer.viewer.standalone import web_page
    from tome.config import MergeConfig
    from tome.lab.command import r_to_text

    view = fit(picture, backbone.patch, (side // backbone.patch) ** 2, crop)
    start = begin(backbone, picture, view, [config])
    plain, merged = (forward(backbone, start, each, Job(picture.name, print)) for each in (MergeConfig(r=0), config))
    caption = f"{backbone.label} · {side} px · r = {r_to_text(config.r)}"
    page = web_page(record(photo_part(picture, view), merged.trace, caption), layer=len(merged.trace.layers) // 2)
    target = folder / safe_name(picture.name, f"-{picture.digest[:8]}.html")
    with replacing(target) as file:
        file.write(page.encode())
    tokens = int((merged.trace.layers[-1].size[0] > 0).sum())
    return (
        f"{target}: {merged.trace.n_in} → {tokens} tokens, {plain.gflops:.2f} → {merged.gflops:.2f} GFLOPs, "
        f"class cosine {class_cosine(plain, merged):.4f}"
    )


if __name__ == "__main__":
    launch("explorer.cli")
