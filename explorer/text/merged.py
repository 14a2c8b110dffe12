"""The words of a text in each final token, and the layers in which they merged."""

from base64 import b64decode
from dataclasses import dataclass

import numpy as np

from explorer.records.schema import DROPPED, Record

__all__ = ["Group", "merged_words"]


@dataclass(frozen=True)
class Group:
    """Words that end up as one token."""

    words: tuple[str, ...]
    """in text order"""
    layers: tuple[int, ...]
    """layers in which some of them merged"""


def merged_words(record: Record) -> list[Group]:
    """Return the tokens of several words after the last layer, largest first."""
    words = record.text.words
    labels = np.stack([np.frombuffer(b64decode(layer.labels), "<u2")[: len(words)] for layer in record.layers])
    last = labels[-1]
    members = [np.flatnonzero(last == token) for token in dict.fromkeys(last[last != DROPPED].tolist())]
    groups = [
        Group(tuple(words[place] for place in places), _grown(labels, places)) for places in members if len(places) > 1
    ]
    return sorted(groups, key=lambda group: -len(group.words))


def _grown(labels: np.ndarray, places: np.ndarray) -> tuple[int, ...]:
    """Return the layers after which fewer tokens hold the words at ``places`` than before."""
    counts = [len(np.unique(layer[places])) for layer in labels]
    return tuple(layer for layer in range(1, len(counts)) if counts[layer] < counts[layer - 1])
