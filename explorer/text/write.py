"""Write results for a text: the token of every word, and the shift of the embedding."""

import json
from pathlib import Path

import torch

import tome
from explorer.engine.choices import r_in_json
from explorer.engine.weights import sha256_of
from explorer.media.names import write_about
from tome.media.kinds import BadMedia
from tome.text.sentences import LONGEST, Sentences

__all__ = ["read_text", "write_text"]

MOST_BYTES = 2**20
VERSION = 1


def read_text(path: Path) -> str:
    """Return the text of ``path`` on one line.  Raises BadMedia for a file that is empty or not text."""
    with path.open("rb") as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise BadMedia(f"The file “{path.name}” has more than {MOST_BYTES / 2**20:.0f} MB: cut the text first.")
    try:
        text = " ".join(content.decode("utf-8-sig").replace("\0", " ").split())
    except UnicodeDecodeError:
        raise BadMedia(f"The file “{path.name}” is not UTF-8 text: save it as UTF-8.") from None
    if not text:
        raise BadMedia(f"The file “{path.name}” holds no words.")
    return text


def write_text(path: Path, sentences: Sentences, config: tome.MergeConfig, folder: Path) -> str:
    """Write the record (JSON) of the text at ``path`` into ``folder``; return what merged."""
    text = read_text(path)
    inputs = sentences.encode([text])
    words = sentences.words(inputs)
    plain, _ = sentences.embed(inputs)
    merged, trace = sentences.embed(inputs, config)
    labels = [_in_order(trace, layer) for layer in range(len(trace.layers))]
    cosine = float((plain @ merged.T).item())
    cut = sentences.is_cut(text)
    record = {
        "version": VERSION,
        "text": path.name,
        "model": "all-MiniLM-L6-v2",
        "algorithm": config.algorithm,
        "r": r_in_json(config.r),
        "words": words,
        "cut": cut,
        "tokens": [len(words), *(step.grouping.n_out for step in trace.layers)],
        "labels": labels,
        "cosine": cosine,
    }
    (target,) = write_about(path, folder, sha256_of(path), {"-text.json": json.dumps(record).encode()})
    tokens = record["tokens"]
    lines = [
        f"{target}: {tokens[0]} → {tokens[-1]} tokens, cosine of the embedding {cosine:.4f}"
        + (f" (the first {LONGEST} tokens of the text)" if cut else "")
    ]
    return "\n  ".join(lines + _largest(words, labels[-1]))


def _in_order(trace: tome.Trace, layer: int) -> list[int]:
    """Return the token of each word piece after ``layer``, in text order; −1 for dropped ones."""
    source = trace.source(layer)[0]
    if trace.order is None:
        return source.tolist()
    return torch.empty_like(source).scatter_(0, trace.order[0], source).tolist()


def _largest(words: list[str], labels: list[int], count: int = 3) -> list[str]:
    """Return the words of the largest tokens."""
    groups: dict[int, list[str]] = {}
    for word, label in zip(words, labels, strict=True):
        if label >= 0:
            groups.setdefault(label, []).append(word)
    merged = sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)
    return [f"one token: {' '.join(group)}" for group in merged[:count]]
