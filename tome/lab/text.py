"""Measure the effect of merging on the embeddings of texts."""

import argparse
import math
import statistics
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from tome.config import MergeConfig
from tome.lab.boundary import command
from tome.lab.command import Parser, add_merging, add_threads, configs, r_to_text, whole
from tome.lab.quiet import quiet
from tome.lab.table import Table
from tome.text.sentences import Sentences, load_sentences

__all__ = ["Moved", "Summary", "main", "moved", "paragraphs"]

SETTING = ("model", "texts", "algorithm", "r", "seeds")

EXAMPLES = """\
examples:
  merging, adjacent merging and random pruning on the sample texts
    python -m tome.lab.text sample_texts/eight.txt --r 4 8 12 16 20 24 --algorithm bipartite adjacent_merge random_prune
  another sentence model (BERT with mean pooling)
    python -m tome.lab.text FILE --model sentence-transformers/all-MiniLM-L12-v2 --r 8

Texts are the paragraphs of FILE, separated by empty lines, up to 256 tokens each. "cosine" is between the merged and the
plain embedding of a text: mean ± standard deviation over texts (random algorithms: mean over --seeds per text), and the
lowest of all. The embedding is the mean over tokens, weighted by size; [CLS] and [SEP] never merge. "other texts" is the
range of cosines between different texts, for comparison.
"""


@dataclass(frozen=True)
class Moved:
    """Effect of a setting on one text."""

    tokens: int
    """after the last block, [CLS] and [SEP] included"""
    cosine: float
    """of the embedding with the plain one"""


@dataclass(frozen=True)
class Summary:
    """Effect of a setting on all texts; the cosine of a text is the mean over its seeds."""

    fewest_tokens: int
    most_tokens: int
    cosine: float
    """mean over texts"""
    deviation: float
    """standard deviation over texts; NaN for one text"""
    lowest: float
    """of all texts and seeds"""

    @classmethod
    def of(cls, runs: Sequence[Sequence[Moved]]) -> "Summary":
        """Summarise the runs of every text."""
        cosines = [statistics.fmean(run.cosine for run in each) for each in runs]
        tokens = [run.tokens for each in runs for run in each]
        deviation = statistics.stdev(cosines) if len(cosines) > 1 else math.nan
        lowest = min(run.cosine for each in runs for run in each)
        return cls(min(tokens), max(tokens), statistics.fmean(cosines), deviation, lowest)

    @classmethod
    def read(cls, record: Mapping[str, str]) -> "Summary":
        """Return the cells of a table as text."""
        tokens = (int(record[name]) for name in ("fewest_tokens", "most_tokens"))
        return cls(*tokens, *(float(record[name]) for name in ("cosine", "deviation", "lowest")))


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m tome.lab.text",
        description=__doc__,
        epilog=EXAMPLES,
    )
    parser.add_argument("texts", type=Path, nargs="+", metavar="FILE", help="plain text in UTF-8")
    parser.add_argument("--model", help="folder or hub name of a BERT model; the packaged MiniLM by default")
    add_merging(parser, [4, 8, 12, 16, 20, 24])
    parser.add_argument("--seeds", type=whole(1, 1000), default=5, help="seeds of random algorithms")
    parser.add_argument("--csv", metavar="FILE", help="append results to this table; skip settings already in it")
    add_threads(parser)
    return parser.parse_args(argv)


@command
def main(argv: Sequence[str] | None = None) -> None:
    args = arguments(argv)
    torch.set_num_threads(args.threads)
    texts = [text for path in args.texts for text in paragraphs(path)]
    if not texts:
        raise ValueError("FILE must hold at least one text; got only empty lines")
    quiet()
    sentences = load_sentences(args.model)
    inputs = [sentences.encode([text]) for text in texts]
    plain = [sentences.embed(each)[0] for each in inputs]
    counts = [each["input_ids"].shape[1] for each in inputs]
    print(f"{len(texts)} texts of {min(counts)} to {max(counts)} tokens{_apart(plain)}")
    print("| algorithm | r | tokens | cosine | lowest |\n|---|---|---|---|---|")
    with Table(args.csv, SETTING) as table:
        for config in configs(args):
            seeds = args.seeds if config.algorithm.startswith("random") else 1
            values = (
                args.model or "MiniLM-L6-v2",
                " ".join(map(str, args.texts)),
                config.algorithm,
                r_to_text(config.r),
            )
            setting = dict(zip(SETTING, (*values, seeds), strict=True))
            if (known := table.get(setting)) is None:
                found = Summary.of([moved(sentences, *each, config, seeds) for each in zip(inputs, plain, strict=True)])
                table.append(setting | asdict(found))
            else:
                found = Summary.read(known)
            print(line(config, found), flush=True)


def paragraphs(path: Path) -> list[str]:
    """Return the texts of ``path``, separated by empty lines, each on one line."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    joined = "\n".join(lines).split("\n\n")
    return [" ".join(each.split()) for each in joined if each.strip()]


def moved(
    sentences: Sentences, inputs: dict[str, Tensor], plain: Tensor, config: MergeConfig, seeds: int
) -> list[Moved]:
    """Return the effect of ``config`` on one text, once per seed."""
    found = []
    for seed in range(seeds):
        embedding, record = sentences.embed(inputs, replace(config, seed=seed))
        found.append(Moved(record.tokens.shape[1], float((embedding @ plain.T).item())))
    return found


def line(config: MergeConfig, found: Summary) -> str:
    """Return a row of the table."""
    fewest, most = found.fewest_tokens, found.most_tokens
    span = f"{fewest}" if fewest == most else f"{fewest} to {most}"
    spread = "" if math.isnan(found.deviation) else f" ± {found.deviation:.3f}"
    name = f"| {config.algorithm} | {r_to_text(config.r)} | {span} |"
    return f"{name} {found.cosine:.3f}{spread} | {found.lowest:.3f} |"


def _apart(plain: Sequence[Tensor]) -> str:
    """Return the range of cosines between different texts, if there are several."""
    if len(plain) < 2:
        return ""
    every = torch.cat(list(plain))
    others = (every @ every.T)[torch.ones(len(every), len(every)).triu(1).bool()]
    return f"; cosine of other texts {others.min():.2f} to {others.max():.2f}"


if __name__ == "__main__":
    sys.exit(main())
