"""The modules and style sheets of the front end, and their dependencies."""

import re
from functools import cache
from pathlib import Path
from posixpath import dirname, join, normpath

__all__ = ["IMPORT", "css", "graph", "resolved", "source"]

FOLDER = Path(__file__).parent
IMPORT = re.compile(r'^import (\{[^}]*\}) from "(\.[^"]+)\.js";\n', re.MULTILINE)
ANY_IMPORT = re.compile(r"^import\b|^export\b.* from \"", re.MULTILINE)


@cache
def graph(entry: str) -> tuple[str, ...]:
    """Return the names of ``entry`` and its dependencies, each after its imports."""
    found: dict[str, None] = {}

    def visit(name: str, above: tuple[str, ...]) -> None:
        if name in above:
            raise ValueError(f"modules must not import each other in a circle; got {' → '.join((*above, name))}")
        if name not in found:
            for each in _imported(name):
                visit(each, (*above, name))
            found[name] = None

    visit(entry, ())
    return tuple(found)


def _imported(name: str) -> list[str]:
    text = source(name)
    paths = [path for _, path in IMPORT.findall(text)]
    if len(ANY_IMPORT.findall(text)) != len(paths):
        raise ValueError(f'a module imports by import {{ … }} from "./….js" alone; got another statement in {name}.js')
    return [resolved(name, path) for path in paths]


def resolved(name: str, path: str) -> str:
    """Return the name of the module that ``name`` imports from ``path``, which has no suffix."""
    return normpath(join(dirname(name), path))


def source(name: str) -> str:
    """Return the text of the module ``name``, such as viewer/viewer."""
    return (FOLDER / f"{name}.js").read_text(encoding="utf-8")


@cache
def css(name: str = "viewer/viewer") -> str:
    """Return a style sheet of this folder."""
    return (FOLDER / f"{name}.css").read_text(encoding="utf-8")
