"""``tome-explorer export FILE…``: photos, clips, sounds and texts through a merging model, without a browser."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from tome.lab.boundary import BadArgument, command, launch, sentence

# Slow imports are inside the functions, so that Ctrl-C is handled during them.
if TYPE_CHECKING:
    from explorer.engine.media_models import VideoModel
    from explorer.engine.models import Backbone
    from explorer.media.images import Picture
    from explorer.sound.compute import Classifier
    from tome.config import MergeConfig
    from tome.speech.whisper import Speech
    from tome.text.sentences import Sentences

DESCRIPTION = """\
Export photos, clips, sounds and texts, processed by a merging model.

A photo gives a web page, a clip a contact sheet (PNG) and a record (JSON); --svg, --pdf, --gif and others give figures and
films instead. A sound gives a transcript by Whisper (JSON); with --sound-model ast or audiomae_vit_base, its classes and
spectrogram (JSON, PNG). A text (.txt) gives the token of every word (JSON), or figures and films, as a photo does.
"""

EXAMPLES = """\
examples:
  a photo as one HTML file
    python -m explorer.cli dog.jpg --r 16
  a figure of layer 12, with r = 8 beside r = 18
    python -m explorer.cli dog.jpg --r 18 --beside 8 --layer 12 --svg --pdf --out figures
  films of the collapse
    python -m explorer.cli dog.jpg --r 18 --gif --mp4
  the contact sheet of a clip; the transcript of a sound
    python -m explorer.cli clip.mp4 speech.wav --r 112
"""

CLIPS = {".mp4", ".webm", ".mov", ".mkv", ".m4v"}
SOUNDS = {".wav", ".flac", ".ogg", ".mp3", ".m4a"}
TEXTS = {".txt"}
WHISPER = "whisper"
SOUND_MODEL = "whisper for a transcript; ast, audiomae_<size> (such as audiomae_vit_base) or hf_hub:OWNER/NAME of timm for classes"
UNSET = object()
SMALLEST, LARGEST = 8, 1024
"""limits of --side, in pixels"""


def arguments(argv: Sequence[str] | None, prog: str) -> argparse.Namespace:
    from explorer.engine.models import EMBEDDED
    from explorer.export.command import add_options
    from tome.lab.command import Parser, r_from_text, whole
    from tome.matching import ALGORITHMS

    parser = Parser(
        prog=prog,
        description=DESCRIPTION,
        epilog=EXAMPLES.replace("python -m explorer.cli", prog),
    )
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE", help="photo, clip, sound or text")
    parser.add_argument(
        "--r", type=r_from_text, default=16, help="tokens merged per block, or r,inflection such as 16,-1"
    )
    parser.add_argument("--algorithm", default="bipartite", choices=tuple(ALGORITHMS), metavar="NAME", help="algorithm")
    parser.add_argument(
        "--model",
        default=EMBEDDED,
        help="a timm name, random:NAME, or hub:OWNER/NAME of clips; the embedded DINOv2 by default",
    )
    parser.add_argument(
        "--side",
        type=whole(SMALLEST, LARGEST),
        default=224,
        help="resolution: pixels per side of a square with the same number of patches",
    )
    parser.add_argument("--crop", default="whole", choices=("whole", "square"), help="crop of a photo")
    parser.add_argument("--frames", type=whole(4, 16), default=6, help="frames taken from a clip")
    parser.add_argument(
        "--attention", default="framewise", choices=("framewise", "joint", "frames-apart"), help="attention in a clip"
    )
    parser.add_argument("--sound-model", default=WHISPER, metavar="NAME", help=SOUND_MODEL)
    weights = parser.add_mutually_exclusive_group()
    weights.add_argument("--weights", type=Path, metavar="FILE", help="weights of the sound model; random without them")
    weights.add_argument("--pretrained", action="store_true", help="download the sound model's weights from the hub")
    parser.add_argument(
        "--class-names", type=Path, metavar="FILE", help="class names of the sound model: one per line, or CSV"
    )
    parser.add_argument("--out", type=Path, default=Path(), metavar="FOLDER", help="output folder")
    add_options(parser)
    args = parser.parse_args(argv)
    unset = dict.fromkeys(vars(args), UNSET)
    args.given = [
        name for name, value in vars(parser.parse_args(argv, argparse.Namespace(**unset))).items() if value is not UNSET
    ]
    return args


@command
def main(argv: Sequence[str] | None = None, prog: str = "python -m explorer.cli") -> int:
    """Export each file and print its cost; report unreadable files and skip them."""
    from explorer.export.fitting import misfit
    from explorer.media.images import BadImage
    from tome.config import MergeConfig, of_paper
    from tome.media.kinds import BadMedia

    args = arguments(argv, prog)
    hears, sees, reads = (
        MergeConfig(r=args.r, algorithm=args.algorithm, **of_paper(name)) for name in (args.sound_model, args.model, "")
    )
    kinds = [path.suffix.lower() for path in args.files]
    if wrong := misfit(args.given, _written(kinds, args)):
        raise BadArgument(wrong)
    args.out.mkdir(parents=True, exist_ok=True)
    hearing = _hearing(args) if any(kind in SOUNDS for kind in kinds) else None
    reading = _reading() if any(kind in TEXTS for kind in kinds) else None
    seeing = _seeing(args) if any(kind not in SOUNDS | TEXTS for kind in kinds) else None
    if wrong := _unlike(seeing, kinds, args):
        raise BadArgument(wrong)
    refused = 0
    for path, kind in zip(args.files, kinds, strict=True):
        try:
            if kind in SOUNDS:
                print(_write_sound(path, hearing, hears, args.out))
            elif kind in TEXTS:
                print(_write_text(path, reading, reads, args))
            elif kind in CLIPS:
                print(_write_clip(path, seeing, sees, args))
            else:
                print(_write_page(_read(path), seeing, sees, args))
        except (BadImage, BadMedia, OSError) as reason:
            print(sentence(reason), file=sys.stderr)
            refused += 1
    return int(refused > 0)


def _written(kinds: Sequence[str], args: argparse.Namespace) -> set[tuple[str, str]]:
    """Return the kinds of the files, each with every format that is written of it."""
    from explorer.export.command import chosen

    classes = "transcript" if args.sound_model == WHISPER else "classes"
    alone = {"photo": "html", "clip": "sheet", "text": "words", "sound": classes}
    named = ((SOUNDS, "sound"), (TEXTS, "text"), (CLIPS, "clip"))
    found = {next((name for endings, name in named if kind in endings), "photo") for kind in kinds}
    return {(name, each) for name in found for each in ([] if name == "sound" else chosen(args)) or [alone[name]]}


def _unlike(seeing: "Backbone | VideoModel | None", kinds: Sequence[str], args: argparse.Namespace) -> str:
    """Return a sentence about a file, or an option, that does not go with a model of clips; "" if all do."""
    from explorer.engine.media_models import VideoModel
    from explorer.records.tubelets import OWN

    if not isinstance(seeing, VideoModel):
        return ""
    if any(kind not in SOUNDS | TEXTS | CLIPS for kind in kinds):
        return f"--model must be one of photos for a photo; {args.model} is one of clips"
    own = [name for name in args.given if {"side": "size"}.get(name, name) in OWN]
    return f"--{own[0]} must be left out: {args.model} is a model of clips, which has its own" if own else ""


def _seeing(args: argparse.Namespace) -> "Backbone | VideoModel":
    from explorer.engine.media_models import VideoModel
    from explorer.engine.models import Backbone, load

    backbone = load(args.model, progress=lambda note: print(note, file=sys.stderr))
    if isinstance(backbone, VideoModel):
        return backbone
    if not isinstance(backbone, Backbone):
        raise BadArgument(f"--model must be one of photos or clips; {args.model} is neither")
    if backbone.any_shape and args.side < backbone.patch:
        raise BadArgument(f"--side must be at least a patch, {backbone.patch} pixels; got {args.side}")
    return backbone


def _hearing(args: argparse.Namespace) -> "Speech | Classifier":
    from tome.lab.quiet import quiet
    from tome.speech.whisper import load_whisper

    if args.sound_model == WHISPER:
        quiet()
        return load_whisper()
    from explorer.sound.compute import load_classifier

    return load_classifier(args.sound_model, args.weights, args.pretrained, args.class_names)


def _reading() -> "Sentences":
    from tome.lab.quiet import quiet
    from tome.text.sentences import load_sentences

    quiet()
    return load_sentences()


def _write_text(path: Path, sentences: "Sentences", config: "MergeConfig", args: argparse.Namespace) -> str:
    from explorer.export.command import chosen, write_text_files
    from explorer.text.write import read_text, write_text

    if not chosen(args):
        return write_text(path, sentences, config, args.out)
    targets, record = write_text_files(path, read_text(path), sentences, config, args)
    tokens = [record.layers[0].tokens, record.layers[-1].tokens]
    return (
        f"{', '.join(map(str, targets))}: {tokens[0]} → {tokens[1]} tokens, cosine of the embedding "
        f"{record.class_cosine:.4f}" + f" (the first {tokens[0]} tokens of the text)" * record.text.cut
    )


def _write_sound(path: Path, model: "Speech | Classifier", config: "MergeConfig", folder: Path) -> str:
    from explorer.sound.write import write_classes, write_speech
    from tome.speech.whisper import Speech

    return (write_speech if isinstance(model, Speech) else write_classes)(path, model, config, folder)


def _write_clip(path: Path, backbone: "Backbone | VideoModel", config: "MergeConfig", args: argparse.Namespace) -> str:
    from explorer.engine.media_models import VideoModel
    from explorer.export.command import chosen, write_clip_files
    from explorer.video.write import write_clip

    if chosen(args) or isinstance(backbone, VideoModel):
        return ", ".join(map(str, write_clip_files(path, backbone, config, args)))
    side = args.side if backbone.any_shape else backbone.side
    return write_clip(path, backbone, config, side, args.frames, args.attention, args.out)


def _read(path: Path) -> "Picture":
    from explorer.media.images import MAX_BYTES, BadImage, load

    if path.exists() and not path.is_file():
        raise BadImage(f"{path} is not a file.")
    with path.open("rb") as file:
        return load(file.read(MAX_BYTES + 1), path.name)


def _write_page(picture: "Picture", backbone: "Backbone", config: "MergeConfig", args: argparse.Namespace) -> str:
    """Export a photo into --out; return the paths and the cost as text."""
    from explorer.export.command import write_photo_files

    targets, record = write_photo_files(picture, backbone, config, args)
    tokens = [record.layers[0].tokens, record.layers[-1].tokens]
    return (
        f"{', '.join(map(str, targets))}: {tokens[0]} → {tokens[1]} tokens, {record.plain.gflops:.2f} → "
        f"{record.figures.gflops:.2f} GFLOPs, class cosine {record.class_cosine:.4f}"
    )


if __name__ == "__main__":
    launch("explorer.cli")
