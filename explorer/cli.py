"""``python -m explorer.cli PHOTO…``: photos through a merging ViT, each as a web page of its own, without a browser."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from explorer.core.images import BadImage, load
from explorer.core.models import EMBEDDED, ModelError
from explorer.core.models import load as load_model
from explorer.core.names import safe_name
from explorer.core.runs import Job
from explorer.core.views import fit
from explorer.records.build import photo_part, record
from explorer.viewer.standalone import web_page
from tome.config import MergeConfig
from tome.lab.command import r_from_text, r_to_text
from tome.matching import ALGORITHMS


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m explorer.cli", description=__doc__)
    parser.add_argument("photos", nargs="+", type=Path, metavar="PHOTO")
    parser.add_argument("--r", type=r_from_text, default=16, help="tokens merged per layer, or R,INFLECTION")
    parser.add_argument("--algorithm", default="bipartite", choices=tuple(ALGORITHMS), metavar="NAME")
    parser.add_argument("--model", default=EMBEDDED, help="a timm name, or random:NAME; the embedded DINOv2 by default")
    parser.add_argument("--side", type=int, default=224, help="pixels of a square with as many patches")
    parser.add_argument("--crop", default="whole", choices=("whole", "square"))
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER")
    return parser.parse_args(argv)


def main(argv: Sequence[str] | None = None) -> int:
    """Write a page per photo and say what it cost; a photo that cannot be read is said and left out."""
    from explorer.core.forward import begin, class_cosine, forward

    args = arguments(argv)
    config = MergeConfig(r=args.r, algorithm=args.algorithm)
    try:
        backbone = load_model(args.model, progress=lambda note: print(note, file=sys.stderr))
    except ModelError as reason:
        print(reason, file=sys.stderr)
        return 1
    crop, side = (args.crop, args.side) if backbone.any_shape else ("square", backbone.side)
    args.out.mkdir(parents=True, exist_ok=True)
    refused = 0
    for path in args.photos:
        try:
            picture = load(path.read_bytes(), path.name)
        except (BadImage, OSError) as reason:
            print(reason, file=sys.stderr)
            refused += 1
            continue
        view = fit(picture, backbone.patch, (side // backbone.patch) ** 2, crop)
        start = begin(backbone, picture, view, [config])
        plain, merged = (forward(backbone, start, each, Job(path.name, print)) for each in (MergeConfig(r=0), config))
        caption = f"{backbone.label} · {side} px · r = {r_to_text(config.r)}"
        target = args.out / safe_name(picture.name, f"-{picture.digest[:8]}.html")
        page = web_page(record(photo_part(picture, view), merged.trace, caption), layer=len(merged.trace.layers) // 2)
        target.write_text(page, encoding="utf-8")
        tokens = int((merged.trace.layers[-1].size[0] > 0).sum())
        print(
            f"{target}: {merged.trace.n_in} → {tokens} tokens, {plain.gflops:.2f} → {merged.gflops:.2f} GFLOPs, "
            f"class cosine {class_cosine(plain, merged):.4f}"
        )
    return int(refused > 0)


if __name__ == "__main__":
    sys.exit(main())
