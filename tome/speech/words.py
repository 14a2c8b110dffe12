"""How many words a transcript changes."""

import re
from dataclasses import dataclass

__all__ = ["Changes", "word_changes"]


@dataclass(frozen=True)
class Changes:
    """A transcript against another, or against what was said."""

    words: int
    """of the reference"""
    changed: int
    """substituted, left out or added"""

    @property
    def rate(self) -> float:
        """Changes for each word of the reference: the word error rate, where that is what was said."""
        return self.changed / self.words if self.words else float(self.changed > 0)

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.words + other.words, self.changed + other.changed)


def word_changes(reference: str, transcript: str) -> Changes:
    """Count the words of ``reference`` that ``transcript`` changes, whatever their case and punctuation.

    Raises ImportError, naming the extra, where jiwer is missing.
    """
    try:
        import jiwer
    except ImportError as reason:
        raise ImportError("word changes need the package jiwer: pip install 'tome-explorer[audio]'") from reason
    wanted, found = _plain(reference), _plain(transcript)
    if not wanted:
        return Changes(0, len(found.split()))
    counted = jiwer.process_words(wanted, found)
    return Changes(len(wanted.split()), counted.substitutions + counted.deletions + counted.insertions)


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split())
