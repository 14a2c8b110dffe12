"""Names of files for display and for file systems."""

import re
import unicodedata
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

from tome.lab.files import replacing

__all__ = ["display_name", "mark_of", "safe_name", "write_about", "written_name"]

PLAIN = "._,()+-&!=%°×·…"
"""signs without a meaning in Markdown and HTML; & has one before a semicolon only"""
ALIKE = str.maketrans("<>'\"", "‹›’”")
"""signs with a meaning, and those that are read alike"""


def display_name(name: str) -> str:
    """Return a file's name without path, control characters or markup, at most 60 characters."""
    last = re.split(r"[/\\]", name)[-1][:300]
    letters = []
    for letter in unicodedata.normalize("NFC", last).translate(ALIKE):
        kind = unicodedata.category(letter)
        if kind[0] in "LNM" or kind in ("Pd", "Pi", "Pf") or letter in PLAIN:
            letters.append(letter)
        elif kind[0] != "C":
            letters.append(" " if kind[0] == "Z" else "_")
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
    shown = Path(display_name(name))
    ending = suffix or _ascii(shown.suffix)[:16]
    return (_ascii(shown.stem).strip("._-")[: 64 - len(ending)] or "photo") + ending


def written_name(name: str, digest: str, suffix: str) -> str:
    """Return the name of a file that is written about the file ``name`` with this SHA-256: ``猫-07c5a883.svg``.

    It keeps the letters of every script; ``suffix`` replaces the extension.  Two files of one name differ in the digest.
    """
    ending = f"-{digest[:8]}{suffix}"
    kept = "".join(
        letter if unicodedata.category(letter)[0] in "LNM" or letter in "._-" else "-"
        for letter in Path(display_name(name)).stem
    )
    plain = re.sub("-+", "-", kept).strip("._-")[: 64 - len(ending)]
    return (plain or "photo") + ending


def write_about(path: Path, folder: Path, digest: str, contents: Mapping[str, bytes]) -> list[Path]:
    """Write ``contents``, by suffix, about the file ``path`` with this SHA-256 into ``folder``; return the files."""
    targets = [folder / written_name(path.name, digest, suffix) for suffix in contents]
    for target, content in zip(targets, contents.values(), strict=True):
        with replacing(target) as file:
            file.write(content)
    return targets


def _ascii(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    return re.sub(r"[^A-Za-z0-9._-]+", "-", plain)
