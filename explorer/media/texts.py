"""Texts by name or digest: samples, and texts of open sessions."""

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from weakref import WeakValueDictionary

__all__ = ["MOST_LETTERS", "SAMPLES", "OwnText", "hold", "named"]

FILE = Path(__file__).parents[1] / "_sample_texts" / "eight.txt"  # a link to the top-level folder; a copy in wheels
SAMPLES = ("sea", "bread")
"""names of the first paragraphs of the file"""
MOST_LETTERS = 4000


@dataclass(frozen=True, eq=False)
class OwnText:
    """A text on one line."""

    content: str
    digest: str
    """SHA-256 of ``content`` in UTF-8, hex"""
    name: str
    """for display"""
    typed: str
    """with its line breaks"""
    cut: bool = False
    """whether letters beyond the limit were left out"""

    @classmethod
    def of(cls, content: str, name: str = "text") -> "OwnText":
        typed = content[:MOST_LETTERS]
        line = " ".join(typed.replace("\0", " ").split())
        return cls(line, sha256(line.encode(errors="replace")).hexdigest(), name, typed, len(content) > MOST_LETTERS)


_own: WeakValueDictionary[str, OwnText] = WeakValueDictionary()


@cache
def _samples() -> dict[str, OwnText]:
    paragraphs = FILE.read_text(encoding="utf-8").split("\n\n")
    return {name: OwnText.of(paragraph, name) for name, paragraph in zip(SAMPLES, paragraphs, strict=False)}


def named(name: str) -> OwnText:
    """Return a sample by name, or a reader's own text by digest.  Raises KeyError if there is none."""
    return _samples()[name] if name in SAMPLES else _own[name]


def hold(text: OwnText) -> None:
    """Let ``named`` find ``text`` for as long as its session keeps it."""
    _own[text.digest] = text
