"""Figures and films from the command line: options and files."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from explorer.engine.media_models import VideoModel
from explorer.engine.models import EMBEDDED, Backbone
from explorer.engine.packaged import MINILM, of_package
from explorer.engine.task import Task
from explorer.engine.weights import sha256_of
from explorer.export.make import figure_of, write
from explorer.export.query import FORMATS, FigureQuery
from explorer.export.tiles import FILLS
from explorer.media import photos, texts
from explorer.media.files import File
from explorer.media.images import Picture
from explorer.media.names import written_name
from explorer.records import clips, tubelets
from explorer.records import photos as photo_records
from explorer.records.errors import BadQuery
from explorer.records.schema import Record
from explorer.records.texts import TextSource
from tome.config import MergeConfig
from tome.lab.boundary import BadArgument
from tome.lab.files import replacing

if TYPE_CHECKING:
    from explorer.records.service import AnySource
    from tome.text.sentences import Sentences

__all__ = ["add_options", "chosen", "write_clip_files", "write_photo_files", "write_text_files"]

FILES = tuple(name for name in FORMATS if name not in ("view", "txt", "bib"))
HELP = {
    "svg": "write a figure of one layer, with caption and legend, as SVG",
    "pdf": "write the figure as PDF",
    "png": "write the figure as PNG",
    "gif": "write a film of the collapse over the layers as GIF",
    "webp": "write the film as animated WebP",
    "mp4": "write the film as MP4 (H.264)",
    "webm": "write the film as WebM (VP9)",
    "html": "write an interactive page; the default for a photo",
    "json": "write the record as JSON",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Add the drawing options of photos and clips."""
    from tome.lab.command import number, r_from_text, whole

    group = parser.add_argument_group("figures and films, of photos, clips and texts")
    for name in FILES:
        group.add_argument(f"--{name}", action="store_true", help=HELP[name])
    group.add_argument(
        "--layer",
        type=whole(0, 99),
        help="layer of the figure, or at which the page opens, 0 for the input; the last one by default, of a page the middle",
    )
    group.add_argument(
        "--fill", choices=FILLS, default="mean", help="fill of the tokens; on a text, mean is drawn as region"
    )
    group.add_argument("--arrows", action="store_true", help="draw an arrow for each merge of the layer")
    group.add_argument("--width", type=whole(320, 1920), default=960, help="width of a PNG or a film in pixels")
    group.add_argument(
        "--inches",
        type=number(2, 20),
        help="width of a figure on paper, such as 3.25, 5.5 or 6.75; letters have 7 points then",
    )
    group.add_argument("--no-caption", action="store_true", help="leave the caption out of figures and films")
    group.add_argument("--beside", type=r_from_text, metavar="R", help="add a second panel at this r")


def chosen(args: argparse.Namespace) -> list[str]:
    """Return the requested formats."""
    return [name for name in FILES if getattr(args, name)]


def write_photo_files(
    picture: Picture, backbone: Backbone, config: MergeConfig, args: argparse.Namespace
) -> tuple[list[Path], Record]:
    """Write a photo in every requested format, or as a page; return the files and the first panel's record."""
    named = {each.digest: name for name in photos.samples() if (each := photos.sample(name))}
    sample = named.get(picture.digest)
    shown = {"sample": sample} if sample else {"photo": picture.digest}
    query = _query(args, config, **_seen(args, backbone), **shown)
    photos.hold(picture)
    return _write(photo_records.source(backbone, picture, query), query, picture.digest, chosen(args) or ["html"], args)


def write_clip_files(
    path: Path, backbone: Backbone | VideoModel, config: MergeConfig, args: argparse.Namespace
) -> list[Path]:
    """Write a clip in every requested format, or as a figure and a record.  Raises BadMedia for an unreadable file."""
    from explorer.media.clips import FILES as CLIPS
    from tome.media.kinds import BadMedia

    with path.open("rb") as opened:
        file = File.of(opened.read(CLIPS.limits.content + 1), path.name)
    CLIPS.hold(file)
    try:
        if isinstance(backbone, VideoModel):
            query = _query(args, config, model=args.model, clip=file.digest)
            source: AnySource = tubelets.source(backbone, query)
        else:
            seen = {**_seen(args, backbone), "frames": args.frames, "attention": args.attention}
            query = _query(args, config, clip=file.digest, **seen)
            source = clips.source(backbone, query)
        return _write(source, query, file.digest, chosen(args) or ["png", "json"], args)[0]
    except BadQuery as reason:
        raise BadMedia(f"{reason.parameter} {reason.rule}.") from reason


def write_text_files(
    path: Path, content: str, sentences: "Sentences", config: MergeConfig, args: argparse.Namespace
) -> tuple[list[Path], Record]:
    """Write ``content``, the text of ``path``, in every requested format; return the files and the first panel's record."""
    text = texts.OwnText.of(content, path.name)
    named = {texts.named(name).digest: name for name in texts.SAMPLES}
    texts.hold(text)
    source = TextSource(of_package(MINILM, sentences), text)
    query = _query(args, config, text=named.get(text.digest, text.digest))
    return _write(source, query, sha256_of(path), chosen(args), args)


def _seen(args: argparse.Namespace, backbone: Backbone) -> dict[str, object]:
    return {
        "model": "embedded" if args.model == EMBEDDED else args.model,
        "size": args.side if backbone.any_shape else backbone.side,
        "crop": args.crop,
    }


def _query(args: argparse.Namespace, config: MergeConfig, **sample: object) -> FigureQuery:
    # model_construct, unvalidated: the options allow more than the app's queries, and this one is only recorded.
    return FigureQuery.model_construct(
        **sample,
        r=config.r,
        algorithm=None if config.algorithm == "bipartite" else config.algorithm,
        panels=None if args.beside is None else [{}, {"r": args.beside}],
        fill=args.fill,
        arrows=args.arrows,
        inches=args.inches,
        caption=not args.no_caption,
    )


def _write(
    source: "AnySource", query: FigureQuery, digest: str, formats: Sequence[str], args: argparse.Namespace
) -> tuple[list[Path], Record]:
    from explorer.engine.engine import Engine
    from explorer.records.service import Records

    records, task = Records(Engine()), Task(digest)
    told = [records.run(source, config, task) for config in query.configs]
    last = len(told[0].layers) - 1
    if (args.layer or 0) > last:
        raise BadArgument(f"--layer must be at most {last}, the blocks of the model; got {args.layer}")
    targets = []
    for name in formats:
        layer = last // 2 if args.layer is None and name == "html" else args.layer  # a page opens amid the merges
        drawn = query.model_copy(update={"format": name, "layer": layer})
        target = args.out / written_name(told[0].name, digest, f".{name}")
        try:
            content = write(figure_of(source, drawn, told), name, args.width)
        except BadQuery as reason:
            raise BadArgument(f"--{reason.parameter} {reason.rule}; got {reason.got}") from reason
        with replacing(target) as file:
            file.write(content)
        targets.append(target)
    return targets, told[0]
