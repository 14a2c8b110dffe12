"""Word changes between transcripts."""

import re
from dataclasses import dataclass
from typing import Any

from tome.extras import needed

__all__ = ["Changes", "changed_words", "word_changes"]


@dataclass(frozen=True)
class Changes:
    """Word changes of a transcript against a reference."""

    words: int
    """of the reference"""
    changed: int
    """substituted, left out or added"""

    @property
    def rate(self) -> float:
        """Return the changes per word of the reference: the word error rate if the reference is the truth."""
        return self.changed / self.words if self.words else float(self.changed > 0)

    def __add__(self, other: "Changes") -> "Changes":
        return Changes(self.words + other.words, self.changed + other.changed)


def word_changes(reference: str, transcript: str) -> Changes:
    """Count the word changes of ``transcript`` against ``reference``, ignoring case and punctuation.

    Raises ImportError, naming the extra, where jiwer is missing.
    """
    counted = _aligned(reference, transcript)
    if counted is None:
        return Changes(0, len(_plain(transcript).split()))
    changed = counted.substitutions + counted.deletions + counted.insertions
    return Changes(len(_plain(reference).split()), changed)


def changed_words(reference: str, transcript: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return the written words of both, each with a flag for a change counted by ``word_changes``.

    Raises ImportError, naming the extra, where jiwer is missing.
    """
    counted = _aligned(reference, transcript)
    same = [] if counted is None else [chunk for chunk in counted.alignments[0] if chunk.type == "equal"]
    kept = {place for chunk in same for place in range(chunk.ref_start_idx, chunk.ref_end_idx)}
    heard = {place for chunk in same for place in range(chunk.hyp_start_idx, chunk.hyp_end_idx)}
    return _written(reference, kept), _written(transcript, heard)


def _aligned(reference: str, transcript: str) -> Any:
    """Return jiwer's alignment of the normalised words of both; None for an empty reference."""
    jiwer: Any = needed("jiwer", "jiwer", "audio", "a count of word changes")
    wanted = _plain(reference)
    return jiwer.process_words(wanted, _plain(transcript)) if wanted else None


def _written(text: str, same: set[int]) -> list[tuple[str, bool]]:
    """Return the words of ``text``; one that is several plain words is changed where one of them is."""
    words, place = [], 0
    for word in text.split():
        end = place + len(_plain(word).split())
        words.append((word, not same.issuperset(range(place, end))))
        place = end
    return words


def _plain(text: str) -> str:
    return " ".join(re.sub(r"[^\w\s']", " ", text.lower()).split())
