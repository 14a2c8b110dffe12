"""A catalogue of translations in gettext's .po format, read as it stands: no step of a build comes between."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

__all__ = ["FOLDER", "Entry", "entries", "messages", "read"]

FOLDER = Path(__file__).parents[1] / "locale"


@dataclass
class Entry:
    """One message: the English text, its translation, and the files that say it."""

    english: str = ""
    translation: str = ""
    files: list[str] = field(default_factory=list)
    before: str = ""
    """the English text that the translation was of; the entry then waits for somebody to look at it"""


def read(text: str) -> Iterator[Entry]:
    """Read the entries of a .po file, in its order; its head, which has no English text, is left out."""
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
    """Return the catalogue of a language; English needs none."""
    path = FOLDER / f"{language}.po"
    return tuple(read(path.read_text(encoding="utf-8"))) if path.is_file() else ()


@cache
def messages(language: str) -> dict[str, str]:
    """Return translation by English text; without what is not translated, or was of another sentence."""
    return {each.english: each.translation for each in entries(language) if each.translation and not each.before}
