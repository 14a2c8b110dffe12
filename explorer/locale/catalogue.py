"""Catalogues of translations in gettext's .po format, read directly, without a build step."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ["FOLDER", "Entry", "entries", "messages", "read"]

FOLDER = Path(__file__).parents[1] / "locale"


@dataclass
class Entry:
    """One message: English text, translation and source files."""

    english: str = ""
    translation: str = ""
    files: list[str] = field(default_factory=list)
    before: str = ""
    """the previous English text of a fuzzy entry, which awaits review"""


def read(text: str) -> Iterator[Entry]:
    """Read the entries of a .po file in order, without the header."""
    for block in text.split("\n\n"):
        parts: dict[str, str] = {}
        files: list[str] = []
        name = ""
        for line in block.splitlines():
            if line.startswith("#:"):
                files += line[2:].split()
            elif line.startswith(('"', '#| "')):
                parts[name] += ast.literal_eval(line.removeprefix("#| "))
            elif line.startswith(("msgid", "msgstr", "#| msgid")):
                name, _, quoted = line.rpartition(' "')
                parts[name] = ast.literal_eval(f'"{quoted}')
        if parts.get("msgid"):
            yield Entry(parts["msgid"], parts.get("msgstr", ""), files, parts.get("#| msgid", ""))


@cache
def entries(language: str) -> tuple[Entry, ...]:
    """Return the catalogue of a language; empty for English."""
    path = FOLDER / f"{language}.po"
    return tuple(read(path.read_text(encoding="utf-8"))) if path.is_file() else ()


@cache
def messages(language: str) -> dict[str, str]:
    """Return English text → translation, without untranslated and fuzzy entries."""
    return {each.english: each.translation for each in entries(language) if each.translation and not each.before}
