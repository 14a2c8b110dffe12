"""The scripts of the front end: plain ES modules, joined in order for hosts that want one text."""

import json
import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from explorer.locale.catalogue import entries, messages

__all__ = ["LESSON", "PLAYGROUND", "VIEWER", "css", "script"]

FOLDER = Path(__file__).parent
IMPORT = re.compile(r"^import\b[^;]*;\n", re.MULTILINE)
ELSEWHERE = (
    "explorer/engine/",
    "explorer/media/",
    "explorer/memory/",
    "explorer/measuring/",
    "explorer/records/",
    "explorer/labs/panels.py",
    "explorer/lesson/teaching.py",
    "tome/",
)
"""what a script tells again: titles and sentences of the server's"""
CATALOGUE = "const CATALOGUE = {};"
"""what language.js says without a catalogue"""
MODULES = (
    "page/language", "viewer/clip", "viewer/story", "viewer/lineage", "viewer/colour", "viewer/compare", "viewer/scene", "viewer/words", "viewer/paint", "viewer/controls", "viewer/film", "viewer/frames", "viewer/sound", "viewer/family", "viewer/records", "viewer/beside", "viewer/panel",
    "viewer/save", "viewer/share", "viewer/export", "viewer/parts", "viewer/present", "viewer/keys", "viewer/panel_feed", "viewer/asked", "viewer/play", "viewer/viewer",
)  # fmt: skip
"""Each uses only what stands before it."""
VIEWER = (*MODULES, "page/address", "viewer/mount")
PARTS = MODULES[: MODULES.index("viewer/controls") + 1]
LESSON = (
    *PARTS, "lesson/match", "lesson/steps", "lesson/photo", "lesson/fill", "lesson/columns", "lesson/panels",
    "lesson/question", "lesson/why", "viewer/present", "lesson/bar", "page/address", "lesson/link", "lesson/lesson", "viewer/mount",
)  # fmt: skip
PLAYGROUND = (
    *PARTS,
    "page/address",
    "lesson/link",
    "playground/match",
    "playground/state",
    "playground/playground",
    "viewer/mount",
)


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
    known, files = messages(language), {f"explorer/web/{name}.js" for name in names}
    told = {
        each.english: known[each.english]
        for each in entries(language)
        if each.english in known and any(name in files or name.startswith(ELSEWHERE) for name in each.files)
    }
    return CATALOGUE.replace("{}", json.dumps(told, ensure_ascii=False))


@cache
def css(name: str = "viewer/viewer") -> str:
    """Return a style sheet of this folder."""
    return (FOLDER / f"{name}.css").read_text()
