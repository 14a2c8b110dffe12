"""Two transcripts beside each other: which words are not the other's."""

import re
from difflib import SequenceMatcher

__all__ = ["marked"]


def marked(plain: str, merged: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Return the words of both transcripts, and whether each is changed, whatever its case and punctuation."""
    ours, theirs = plain.split(), merged.split()
    matcher = SequenceMatcher(None, [_bare(word) for word in ours], [_bare(word) for word in theirs], autojunk=False)
    same = matcher.get_matching_blocks()
    kept = {block.a + i for block in same for i in range(block.size)}
    found = {block.b + i for block in same for i in range(block.size)}
    return (
        [(word, place not in kept) for place, word in enumerate(ours)],
        [(word, place not in found) for place, word in enumerate(theirs)],
    )


def _bare(word: str) -> str:
    return re.sub(r"[^\w']", "", word.lower())
