"""``python -m tome.lab.speech``: how many words Whisper changes when its sounds merge, and how long it takes."""

import argparse
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import torch
from tqdm import tqdm

from tome.config import MergeConfig
from tome.forward.patch import merging
from tome.lab.boundary import BadArgument, command
from tome.lab.command import Parser, add_merging, add_threads, configs, r_to_text, whole
from tome.lab.evaluate.shards import joined
from tome.lab.measure import Spread, interleave
from tome.lab.quiet import quiet
from tome.schedule import token_counts
from tome.speech.whisper import RATE, Speech, load_whisper
from tome.speech.words import Changes, word_changes

EXAMPLES = """\
examples:
  words changed against the model's own plain transcript, merging and pruning
    python -m tome.lab.speech sounds/ --r 0 200 300 --algorithm bipartite random_prune --seeds 3
  against what was said, from text files of the same names, with times in turn
    python -m tome.lab.speech sounds/ --r 200 --rounds 5
  a large folder in four processes; the figures are those of one
    torchrun --nproc-per-node 4 -m tome.lab.speech sounds/ --r 200

A file NAME.txt beside NAME.wav, where there is one, says what was said; word error rates are counted against it. Words
changed are counted against the plain model's transcript, whatever their case and punctuation. The encoder always hears
30 seconds: much of what merges in a short sound is silence.
"""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m tome.lab.speech",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sounds", type=Path, nargs="+", help="sound files, or folders of them")
    parser.add_argument("--model", help="folder or name of a Whisper of transformers; the packaged tiny.en without")
    add_merging(parser, [0, 100, 200, 300])
    parser.add_argument("--seeds", type=whole(1, 1000), default=1, help="of random algorithms")
    parser.add_argument(
        "--rounds", type=whole(0, 10_000), default=0, help="time the first sound so often, plain and merged in turn"
    )
    add_threads(parser)
    return parser.parse_args(argv)


@command
def main(argv: Sequence[str] | None = None) -> None:
    args = arguments(argv)
    torch.set_num_threads(args.threads)
    quiet()
    speech, files = load_whisper(args.model), list(_files(args.sounds))
    if not files:
        raise ValueError("sounds must name at least one sound file")
    with joined() as shards:
        if args.rounds and shards.world > 1:
            raise BadArgument(f"--rounds must be 0 in several processes; got {args.rounds} in {shards.world}")
        mine = shards.mine(files)
        features = {path: speech.log_mel(_waveform(path)) for path in mine}
        plain = {path: speech.transcribe(value) for path, value in tqdm(features.items(), "plain", leave=False)}
        for path, text in zip(files, shards.gather(list(plain.values())), strict=False):
            tqdm.write(f"{path.name}: {text}")
        for config in configs(args):
            for seed in range(args.seeds if config.algorithm.startswith("random") else 1):
                own = replace(config, seed=seed)
                heard = shards.gather(hear(speech, features, plain, own))
                if shards.rank == 0:
                    tqdm.write(line(speech, own, heard))
                if args.rounds:
                    tqdm.write("  " + timed(speech, features[files[0]], own, args.rounds))


Heard = tuple[Changes, Changes]
"""words changed against the plain transcript, and against what was said, of no words where that is not known"""


def hear(
    speech: Speech, features: dict[Path, torch.Tensor], plain: dict[Path, str], config: MergeConfig
) -> list[Heard]:
    """Return what ``config`` changes in each sound."""
    heard = []
    with merging(speech.model, config):
        for path, value in tqdm(features.items(), f"r={config.r}", leave=False):
            text = speech.transcribe(value)
            said = path.with_suffix(".txt")
            errors = word_changes(said.read_text(), text) if said.is_file() else Changes(0, 0)
            heard.append((word_changes(plain[path], text), errors))
    return heard


def line(speech: Speech, config: MergeConfig, heard: Sequence[Heard]) -> str:
    """Return what ``config`` changes, over all sounds."""
    changes, errors = (sum(each, Changes(0, 0)) for each in zip(*heard, strict=True))
    same = sum(found.changed == 0 for found, _ in heard)
    encoder = speech.model.get_encoder().config
    tokens = token_counts(config.r, encoder.encoder_layers, encoder.max_source_positions, 0)[-1]
    seed = f" seed {config.seed}" if config.seed else ""
    text = (
        f"{config.algorithm} r={r_to_text(config.r)}{seed}: {tokens} tokens, {changes.changed} of {changes.words} words "
        f"changed, {same} of {len(heard)} transcripts the same"
    )
    return text + (f", word error rate {100 * errors.rate:.1f} %" if errors.words else "")


def timed(speech: Speech, features: torch.Tensor, config: MergeConfig, rounds: int) -> str:
    """Times of the encoder and of the whole transcription, plain and merged in turn, with the machine's load."""

    def encode() -> None:
        with torch.inference_mode():
            speech.model.get_encoder()(features)

    def merged_encode() -> None:
        with merging(speech.model, config):
            encode()

    def merged_transcribe() -> None:
        with merging(speech.model, config):
            speech.transcribe(features)

    steps = (encode, merged_encode, lambda: speech.transcribe(features), merged_transcribe)
    columns = list(zip(*interleave(steps, rounds), strict=True))
    encoder, whole = (_faster(*pair) for pair in (columns[:2], columns[2:]))
    return f"encoder {encoder}; transcription {whole}; {rounds} rounds in turn, load {_load()}"


def _faster(plain: Sequence[float], merged: Sequence[float]) -> str:
    """Medians, and how many times faster: median and quartiles of the ratios within each round."""
    before, after = Spread.of(plain), Spread.of(merged)
    ratio = Spread.of(a / b for a, b in zip(plain, merged, strict=True))
    return (
        f"{1e3 * before.median:.0f} -> {1e3 * after.median:.0f} ms, "
        f"{ratio.median:.2f} x ({ratio.low:.2f} - {ratio.high:.2f})"
    )


def _load() -> str:
    """Return how many processes wanted to run over the last minute; unknown on Windows."""
    return f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"


def _files(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            yield from sorted(each for each in path.iterdir() if each.suffix.lower() in KINDS)
        else:
            yield path


KINDS = {".wav", ".flac", ".ogg", ".mp3", ".m4a"}


def _waveform(path: Path) -> torch.Tensor:
    from tome.media.decode import read_sound

    return torch.from_numpy(read_sound(path, RATE, seconds=30.0).waveform.copy())


if __name__ == "__main__":
    sys.exit(main())
