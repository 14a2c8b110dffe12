"""The viewer's script: plain ES modules, joined in order for hosts that want one text."""

import re
from functools import cache
from pathlib import Path

__all__ = ["LESSON", "PLAYGROUND", "VIEWER", "css", "script"]

FOLDER = Path(__file__).parent
IMPORT = re.compile(r"^import\b[^;]*;\n", re.MULTILINE)
MODULES = (
    "clip", "story", "lineage", "colour", "compare", "scene", "words", "paint", "controls", "film", "frames", "sound", "family", "panel",
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
def script(host: str, modules: tuple[str, ...] = MODULES) -> str:
    """One module from ``modules`` and the shim ``host`` (``streamlit`` …): their imports of each other are dropped."""
    parts = [(FOLDER / f"{name}.js").read_text() for name in (*modules, host)]
    return "".join(IMPORT.sub("", part) for part in parts)


@cache
def css(name: str = "viewer") -> str:
    """A style sheet of this folder."""
    return (FOLDER / f"{name}.css").read_text()
