"""Front-end modules joined into one script, for hosts that take a single text.

Such are Streamlit's components and saved pages.  For the reasons see docs/decisions/0009-modules-in-one-script.md.
"""

import json
import re
from functools import cache

from explorer.locale.catalogue import entries, messages
from explorer.web.modules import IMPORT, graph, resolved, source

__all__ = ["script"]

EXPORT = re.compile(r"^export (?=(?:(?:async )?function|class|const) (\w+))", re.MULTILINE)
DOCUMENTATION = re.compile(r"^[ ]*/\*\*(?:(?!\*/).)*\*/\n", re.MULTILINE | re.DOTALL)
"""comments for readers and for the type checker, a sixth of all modules"""
STATEMENT = re.compile(r"^(?:import|export)\b.*", re.MULTILINE)
CATALOGUE = "page/catalogue"
"""module of the translations; empty on disk"""
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
"""sentences of the server that the front end translates"""


@cache
def script(entry: str, language: str = "en") -> str:
    """Return ``entry`` and its dependencies as one module, with their catalogue in ``language``."""
    *needed, _ = names = graph(entry)
    texts = {name: _catalogue(language, names) if name == CATALOGUE else source(name) for name in names}
    return "".join(_scope(name, texts[name]) for name in needed) + _body(entry, texts[entry])


def _scope(name: str, text: str) -> str:
    """Return a module in its own scope, as a constant that holds its exports, so that names cannot clash."""
    body = EXPORT.sub("", _body(name, text))
    if left := STATEMENT.search(body):
        raise ValueError(
            f"a module that another imports exports functions, classes and constants; got {left[0]!r} in {name}.js"
        )
    return f"const {_constant(name)} = (() => {{\n{body}return {{ {', '.join(EXPORT.findall(text))} }};\n}})();\n"


def _body(name: str, text: str) -> str:
    """Return a module's body without its documentation, with imports taken from constants."""
    return IMPORT.sub(
        lambda found: f"const {found[1].replace(' as ', ': ')} = {_constant(resolved(name, found[2]))};\n",
        DOCUMENTATION.sub("", text),
    )


def _constant(name: str) -> str:
    return f"module_{name.replace('/', '_')}"


def _catalogue(language: str, names: tuple[str, ...]) -> str:
    """Return the module CATALOGUE with the sentences of the modules ``names``."""
    known, files = messages(language), {f"explorer/web/{name}.js" for name in names}
    told = {
        each.english: known[each.english]
        for each in entries(language)
        if each.english in known and any(name in files or name.startswith(ELSEWHERE) for name in each.files)
    }
    return f"export const CATALOGUE = {json.dumps(told, ensure_ascii=False)};\n"
