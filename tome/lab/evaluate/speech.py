"""``python -m tome.evaluate speech``: words that Whisper changes when its tokens merge; under torchrun, in shards."""

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from tqdm import tqdm

from tome.config import MergeConfig
from tome.forward.patch import merging
from tome.lab.boundary import BadArgument, command
from tome.lab.command import Parser, add_merging, add_threads, configs, r_to_text, whole
from tome.lab.evaluate.shards import Shards, joined
from tome.lab.evaluate.speech_times import timed
from tome.lab.measure import machine
from tome.lab.quiet import quiet
from tome.lab.table import Table
from tome.media.decode import BadMedia, Worker, read_sound
from tome.schedule import token_counts
from tome.speech.whisper import RATE, Speech, load_whisper
from tome.speech.words import Changes, word_changes

EXAMPLES = """\
examples:
  word changes against the model's own plain transcript, for merging and pruning
    python -m tome.evaluate speech sounds/ --r 0 200 300 --algorithm bipartite random_prune --seeds 3
  against reference transcripts in text files of the same names, with times in turn
    python -m tome.evaluate speech sounds/ --r 200 --rounds 5
  a large folder in four processes, with restarts; results equal those of one process
    torchrun --nproc-per-node 4 -m tome.evaluate speech sounds/ --r 0 100 200 --csv words.csv

NAME.txt beside NAME.wav, if present, is the reference transcript for the word error rate. Word changes are counted
against the plain model's transcript, ignoring case and punctuation. The encoder always takes 30 seconds: in a short
sound, many merged tokens are silence.
"""
SETTING = ("model", "data", "sounds", "algorithm", "r", "seed")
KINDS = {".wav", ".flac", ".ogg", ".mp3", ".m4a"}

Heard = tuple[Changes, Changes]
"""word changes against the plain transcript, and against the reference transcript (of no words without one)"""


def arguments(argv: Sequence[str] | None, prog: str) -> argparse.Namespace:
    parser = Parser(
        prog=prog,
        description="Count word changes of Whisper under merging; in shards under torchrun.",
        epilog=EXAMPLES.replace("python -m tome.evaluate speech", prog),
    )
    parser.add_argument("sounds", type=Path, nargs="+", help="sound files, or folders of them")
    parser.add_argument("--model", help="folder or hub name of a Whisper model; the packaged tiny.en by default")
    add_merging(parser, [0, 100, 200, 300])
    parser.add_argument("--seeds", type=whole(1, 1000), default=1, help="seeds of random algorithms")
    parser.add_argument(
        "--rounds",
        type=whole(0, 10_000),
        default=0,
        help="timed rounds on the first sound, plain and merged in turn; 0 for none",
    )
    parser.add_argument("--csv", metavar="FILE", help="append results to this table; skip settings already in it")
    add_threads(parser)
    return parser.parse_args(argv)


@command
def main(argv: Sequence[str] | None = None, prog: str = "python -m tome.evaluate speech") -> None:
    args = arguments(argv, prog)
    torch.set_num_threads(args.threads)
    quiet()
    files = list(_files(args.sounds))
    if not files:
        raise ValueError("sounds must name at least one sound file")
    with (
        joined() as shards,
        Worker() as worker,
        Table(args.csv if shards.rank == 0 else None, SETTING) as table,
    ):
        if args.rounds and shards.world > 1:
            raise BadArgument(f"--rounds must be 0 in several processes; got {args.rounds} in {shards.world}")
        ear = Ear(load_whisper(args.model), worker)
        asked = [(config, setting(args, files, config)) for config in _seeded(args)]
        # Only rank 0 reads the file, so that all ranks agree on the remaining work.
        done = shards.share([each in table for _, each in asked])
        plain = {} if all(done) else heard_plain(ear, files, shards)
        for (config, each), known in zip(asked, done, strict=True):
            heard = [] if known else shards.gather(hear(ear, plain, config))
            if shards.rank == 0:
                said = f"is in {args.csv}" if known else line(ear.speech, config, heard)
                tqdm.write(f"{_name(config)}: {said}")
                if not known:
                    timing = time(ear, files[0], config, args.rounds) if args.rounds else {}
                    table.append(each | counts(heard) | machine() | timing)


@dataclass(frozen=True)
class Ear:
    """A speech model and its decoding process."""

    speech: Speech
    worker: Worker

    def features(self, path: Path) -> torch.Tensor:
        """Return the log-mel spectrogram of the first 30 seconds of a file."""
        try:
            sound = read_sound(path, RATE, seconds=30.0, worker=self.worker)
        except BadMedia as reason:
            raise BadMedia(f"{path.name}: {reason}") from reason
        return self.speech.log_mel(torch.from_numpy(sound.waveform.copy()))

    def transcribe(self, path: Path) -> str:
        """Return the transcript of a file."""
        return self.speech.transcribe(self.features(path))


def setting(args: argparse.Namespace, files: Sequence[Path], config: MergeConfig) -> dict[str, object]:
    """Return the columns that tell one evaluation from another."""
    data = " ".join(map(str, args.sounds))
    values = (args.model or "tiny.en", data, len(files), config.algorithm, r_to_text(config.r), config.seed)
    return dict(zip(SETTING, values, strict=True))


def heard_plain(ear: Ear, files: Sequence[Path], shards: Shards) -> dict[Path, str]:
    """Return the plain transcripts of this process' files; rank 0 prints all of them."""
    mine = shards.mine(files)
    plain = {path: ear.transcribe(path) for path in tqdm(mine, "plain", leave=False, delay=1)}
    for path, text in zip(files, shards.gather(list(plain.values())), strict=False):
        tqdm.write(f"{path.name}: {text}")
    return plain


def hear(ear: Ear, plain: dict[Path, str], config: MergeConfig) -> list[Heard]:
    """Return the word changes under ``config`` for each sound of ``plain``."""
    heard = []
    for path, before in tqdm(list(plain.items()), _name(config), leave=False, delay=1):
        with merging(ear.speech.model, config):
            text = ear.transcribe(path)
        said = path.with_suffix(".txt")
        errors = word_changes(said.read_text(), text) if said.is_file() else Changes(0, 0)
        heard.append((word_changes(before, text), errors))
    return heard


def counts(heard: Sequence[Heard]) -> dict[str, object]:
    """Return the columns of results; the word error rate is in percent, None without a reference transcript."""
    changes, errors = (sum(each, Changes(0, 0)) for each in zip(*heard, strict=True))
    same = sum(found.changed == 0 for found, _ in heard)
    rate = round(100 * errors.rate, 2) if errors.words else None
    return {"words": changes.words, "changed": changes.changed, "same": same, "word_error_rate": rate}


def time(ear: Ear, path: Path, config: MergeConfig, rounds: int) -> dict[str, object]:
    """Time one sound plain and merged in turn, print it, and return its columns."""
    times = timed(ear.speech, ear.features(path), config, rounds)
    tqdm.write(f"  {times}")
    return times.record()


def line(speech: Speech, config: MergeConfig, heard: Sequence[Heard]) -> str:
    """Return the word changes over all sounds as a line of text."""
    found = counts(heard)
    encoder = speech.model.get_encoder().config
    tokens = token_counts(config.r, encoder.encoder_layers, encoder.max_source_positions, 0)[-1]
    rate = found["word_error_rate"]
    return (
        f"{tokens} tokens, {found['changed']} of {found['words']} words changed, {found['same']} of {len(heard)} "
        "transcripts the same" + ("" if rate is None else f", word error rate {rate:.1f} %")
    )


def _files(given: Sequence[Path]) -> Iterator[Path]:
    for path in given:
        if path.is_dir():
            yield from sorted(each for each in path.iterdir() if each.suffix.lower() in KINDS)
        else:
            yield path


def _seeded(args: argparse.Namespace) -> Iterator[MergeConfig]:
    """Yield every requested configuration, random algorithms once per seed."""
    for config in configs(args):
        for seed in range(args.seeds if config.algorithm.startswith("random") else 1):
            yield replace(config, seed=seed)


def _name(config: MergeConfig) -> str:
    return f"{config.algorithm} r={r_to_text(config.r)}" + (f" seed {config.seed}" if config.seed else "")
