"""``python -m tome.lab.text``: how far merging words moves the embedding of a text."""

import argparse
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from tome.config import MergeConfig
from tome.lab.boundary import command
from tome.lab.command import Parser, add_merging, add_threads, configs, r_to_text, whole
from tome.lab.quiet import quiet
from tome.text.sentences import Sentences, load_sentences

__all__ = ["Moved", "main", "moved", "paragraphs"]

EXAMPLES = """\
examples:
  merging, merging of neighbours and random pruning on the sample texts
    python -m tome.lab.text sample_texts/eight.txt --r 4 8 12 16 20 24 --algorithm bipartite adjacent_merge random_prune
  another BERT whose mean over tokens is an embedding
    python -m tome.lab.text FILE --model sentence-transformers/all-MiniLM-L12-v2 --r 8

The paragraphs of FILE, with empty lines between them, are the texts; of each the first 256 tokens are read. "cosine" is
that of a text's embedding with its plain one: mean ± standard deviation over the texts, where random algorithms give
each text the mean over --seeds, and the lowest of all. The embedding is the mean over tokens, each weighed by its size;
[CLS] and [SEP] are never merged. "other texts" is the cosine between different texts, to compare with.
"""


@dataclass(frozen=True)
class Moved:
    """What a setting does to a text."""

    tokens: int
    """after the last block, [CLS] and [SEP] included"""
    cosine: float
    """of the embedding with the plain one"""


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = Parser(
        prog="python -m tome.lab.text",
        description=__doc__,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("texts", type=Path, nargs="+", metavar="FILE", help="plain text in UTF-8")
    parser.add_argument("--model", help="folder or name of a BERT of transformers; the packaged MiniLM without")
    add_merging(parser, [4, 8, 12, 16, 20, 24])
    parser.add_argument("--seeds", type=whole(1, 1000), default=5, help="seeds of random algorithms")
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
    for config in configs(args):
        seeds = args.seeds if config.algorithm.startswith("random") else 1
        runs = [moved(sentences, each, own, config, seeds) for each, own in zip(inputs, plain, strict=True)]
        print(line(config, runs), flush=True)


def paragraphs(path: Path) -> list[str]:
    """Return the texts of ``path``, which empty lines divide, each on one line."""
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    joined = "\n".join(lines).split("\n\n")
    return [" ".join(each.split()) for each in joined if each.strip()]


def moved(
    sentences: Sentences, inputs: dict[str, Tensor], plain: Tensor, config: MergeConfig, seeds: int
) -> list[Moved]:
    """Return what ``config`` does to one text, once for each seed."""
    found = []
    for seed in range(seeds):
        embedding, record = sentences.embed(inputs, replace(config, seed=seed))
        found.append(Moved(record.tokens.shape[1], float((embedding @ plain.T).item())))
    return found


def line(config: MergeConfig, runs: Sequence[Sequence[Moved]]) -> str:
    """Return a row of the table."""
    cosines = [statistics.fmean(run.cosine for run in each) for each in runs]
    tokens = sorted({run.tokens for each in runs for run in each})
    span = f"{tokens[0]}" if len(tokens) == 1 else f"{tokens[0]} to {tokens[-1]}"
    spread = f" ± {statistics.stdev(cosines):.3f}" if len(cosines) > 1 else ""
    lowest = min(run.cosine for each in runs for run in each)
    name = f"| {config.algorithm} | {r_to_text(config.r)} | {span} |"
    return f"{name} {statistics.fmean(cosines):.3f}{spread} | {lowest:.3f} |"


def _apart(plain: Sequence[Tensor]) -> str:
    """Return the cosines between different texts, where there are several."""
    if len(plain) < 2:
        return ""
    every = torch.cat(list(plain))
    others = (every @ every.T)[torch.ones(len(every), len(every)).triu(1).bool()]
    return f"; cosine of other texts {others.min():.2f} to {others.max():.2f}"


if __name__ == "__main__":
    sys.exit(main())
