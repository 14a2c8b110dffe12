"""Names of files for display and for file systems."""

import re
import unicodedata
from hashlib import sha256
from pathlib import Path

__all__ = ["display_name", "mark_of", "safe_name"]


def display_name(name: str) -> str:
    """Return a file's name without path, control characters or markup, at most 60 characters."""
    last = re.split(r"[/\\]", name)[-1][:300]
    letters = []
    for letter in unicodedata.normalize("NFC", last):
        kind = unicodedata.category(letter)[0]
        if kind in "LNM" or letter in "._,()+-":
            letters.append(letter)
        elif kind != "C":
            letters.append(" " if kind == "Z" else "_")
    text = " ".join("".join(letters).split())
    if not text.strip("._ "):
        return "photo"
    return text if len(text) <= 60 else text[:59] + "…"


def mark_of(choices: str) -> str:
    """Return six hexadecimal digits of a file name for what its words leave open: equal ones for equal ``choices``."""
    return sha256(choices.encode()).hexdigest()[:6]


def safe_name(name: str, suffix: str = "") -> str:
    """Return a name valid on every file system and in headers: [A-Za-z0-9._-], 1 to 64 characters, no path.

    A suffix, such as ".png" or "-layer6.gif", is kept whole and replaces the name's own extension.
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]{0,48}", suffix):
        raise ValueError(f"suffix must be at most 48 of A-Z a-z 0-9 . _ -, got {suffix!r}")
    plain = unicodedata.normalize("NFKD", display_name(name)).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
    if suffix:
        plain = Path(plain).stem
    return (plain.strip("._-")[: 64 - len(suffix)] or "photo") + suffix
