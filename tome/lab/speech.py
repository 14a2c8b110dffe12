"""``python -m tome.lab.speech``: how many words Whisper changes when its sounds merge, and how long it takes."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from tqdm import tqdm

from tome.config import MergeConfig
from tome.forward.patch import merging
from tome.lab.boundary import command
from tome.lab.command import add_merging, add_threads, configs, r_to_text
from tome.lab.measure import Spread, interleave
from tome.lab.quiet import quiet
from tome.schedule import token_counts
from tome.speech.whisper import RATE, Speech, load_whisper
from tome.speech.words import Changes, word_changes

EXAMPLES = """\
examples:
  words changed against the model's own plain transcript, merging and pruning
    python -m tome.lab.speech sounds/ --r 0 200 300 --algorithm bipartite random_prune
  against what was said, from text files of the same names, with times in turn
    python -m tome.lab.speech sounds/ --r 200 --rounds 5

A file NAME.txt beside NAME.wav, where there is one, says what was said; word error rates are counted against it. Words
changed are counted against the plain model's transcript, whatever their case and punctuation. The encoder always hears
30 seconds: much of what merges in a short sound is silence.
"""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m tome.lab.speech",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("sounds", type=Path, nargs="+", help="sound files, or folders of them")
    parser.add_argument("--model", help="folder or name of a Whisper of transformers; the packaged tiny.en without")
    add_merging(parser, [0, 100, 200, 300])
    parser.add_argument("--rounds", type=int, default=0, help="time the first sound so often, plain and merged in turn")
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
    features = {path: speech.log_mel(_waveform(path)) for path in files}
    plain = {path: speech.transcribe(value) for path, value in tqdm(features.items(), "plain", leave=False)}
    for path, text in plain.items():
        tqdm.write(f"{path.name}: {text}")
    for config in configs(args):
        measure(speech, features, plain, config, args.rounds)


def measure(
    speech: Speech, features: dict[Path, torch.Tensor], plain: dict[Path, str], config: MergeConfig, rounds: int
) -> None:
    """Print what ``config`` changes, over all sounds."""
    changes, errors, same = Changes(0, 0), Changes(0, 0), 0
    with merging(speech.model, config):
        for path, value in tqdm(features.items(), f"r={config.r}", leave=False):
            text = speech.transcribe(value)
            found = word_changes(plain[path], text)
            changes, same = changes + found, same + (found.changed == 0)
            said = path.with_suffix(".txt")
            if said.is_file():
                errors += word_changes(said.read_text(), text)
    encoder = speech.model.get_encoder().config
    tokens = token_counts(config.r, encoder.encoder_layers, encoder.max_source_positions, 0)[-1]
    line = f"{config.algorithm} r={r_to_text(config.r)}: {tokens} tokens, {changes.changed} of {changes.words} words"
    line += f" changed, {same} of {len(features)} transcripts the same"
    if errors.words:
        line += f", word error rate {100 * errors.rate:.1f} %"
    tqdm.write(line)
    if rounds:
        tqdm.write("  " + timed(speech, next(iter(features.values())), config, rounds))


def timed(speech: Speech, features: torch.Tensor, config: MergeConfig, rounds: int) -> str:
    """Medians of the encoder and of the whole transcription, plain and merged in turn."""

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
    times = [Spread.of(column) for column in zip(*interleave(steps, rounds), strict=True)]
    encoder, whole = (f"{1e3 * a.median:.0f} -> {1e3 * b.median:.0f} ms" for a, b in (times[:2], times[2:]))
    return f"encoder {encoder}, transcription {whole} (medians of {rounds} in turn)"


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
