"""The viewer's script: plain ES modules, joined in order for hosts that want one text."""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from explorer.core.catalogue import entries, messages

__all__ = ["LESSON", "PLAYGROUND", "VIEWER", "css", "script"]

FOLDER = Path(__file__).parent
IMPORT = re.compile(r"^import\b[^;]*;\n", re.MULTILINE)
ELSEWHERE = ("explorer/core/", "explorer/records/", "explorer/ui/lab_controls.py", "tome/")
"""what a script tells again: titles and sentences of the server's"""
CATALOGUE = "const CATALOGUE = {};"
"""what language.js says without a catalogue"""
MODULES = (
    "language", "clip", "story", "lineage", "colour", "compare", "scene", "words", "paint", "controls", "film", "frames", "sound", "family", "panel",
    "save", "share", "export", "parts", "present", "keys", "records", "panel_feed", "asked", "play", "viewer",
)  # fmt: skip
"""Each uses only what stands before it."""
VIEWER = (*MODULES, "address", "mount")
PARTS = MODULES[: MODULES.index("controls") + 1]
LESSON = (
    *PARTS, "lesson_match", "lesson_steps", "lesson_photo", "lesson_fill", "lesson_columns", "lesson_panels",
    "lesson_question", "lesson_why", "present", "lesson_bar", "address", "lesson_link", "lesson", "mount",
)  # fmt: skip
PLAYGROUND = (*PARTS, "address", "lesson_link", "playground_match", "playground_state", "playground", "mount")


@cache
def script(host: str, modules: tuple[str, ...] = MODULES, language: str = "en") -> str:
    """One module from ``modules`` and the shim ``host`` (``streamlit`` …), with what they say in ``language``.

    Their imports of each other are dropped.
    """
    names = (*modules, host)
    parts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names]
    return "".join(IMPORT.sub("", part) for part in parts).replace(CATALOGUE, _catalogue(language, names), 1)


def _catalogue(language: str, names: Sequence[str]) -> str:
    """Return the assignment of a language's catalogue, with what the modules ``names`` say."""
    known, files = messages(language), {f"explorer/viewer/{name}.js" for name in names}
    told = {
        each.english: known[each.english]
        for each in entries(language)
        if each.english in known and any(name in files or name.startswith(ELSEWHERE) for name in each.files)
    }
    return CATALOGUE.replace("{}", json.dumps(told, ensure_ascii=False))


@cache
def css(name: str = "viewer") -> str:
    """A style sheet of this folder."""
    return (FOLDER / f"{name}.css").read_text()
