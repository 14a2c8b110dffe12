"""Collect what the app says into its catalogues of translations: ``make words``.

New sentences have no translation.  A slightly revised one keeps its translation, marked as fuzzy with the previous
English, until somebody reviews it and removes the mark.  The tests fail until all are done.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from pathlib import Path

from explorer.locale.catalogue import FOLDER, Entry, read

__all__ = ["ROOT", "collected", "merged", "retelling", "written"]

ROOT = Path(__file__).parents[2]
SOURCES = ("explorer/**/*.py", "explorer/**/*.js", "pages/*.py")
MARKS = ("tr", "mark")
ELSEWHERE = (
    *(f"explorer/{room}/*.py" for room in ("engine", "media", "memory", "measuring", "records")),
    "explorer/speed/labelled.py", "explorer/labs/survey.py", "explorer/lesson/teaching.py", "explorer/training/courses.py",
    "tome/media/*.py", "tome/matching/catalogue.py", "tome/hosts/refused.py",
)  # fmt: skip
"""sources that write English only"""
ERRORS = (
    "BadImage", "BadMedia", "BadQuery", "ModelError", "NotOffered", "NoRoom", "HubUnreachable", "DiskFull", "Busy",
)  # fmt: skip
TELLS = ("progress", "note", "Note", "publish", "step")
SPOKEN = ("rule", "cause", "why", "reason", "what", "note", "refusal", "short", "shape")
NO_WORDS = ("explorer/records/types.py", "explorer/measuring/paste.py")
"""sources with texts for code or the command line only"""
SENTENCE = re.compile(r"[A-Za-z]{2,} [a-z]{2,}|^[A-Z][a-z]+ \{|^“\{|: [a-z]+ \{")
WIDTH = 110
LIKE = 0.75
"""similarity from 0 to 1 above which a new English sentence counts as a revision of an old one"""
HEAD = """# What ToMe Explorer says, in {name}.  `make words` collects the English; docs/glossary.md has the terms.
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=UTF-8\\n"
"""
JS_CALL = re.compile(r"\b(?:tr|mark)\(\s*((?:\"(?:[^\"\\]|\\.)*\"\s*\+?\s*)+)")
JS_TEXT = re.compile(r"\"(?:[^\"\\]|\\.)*\"")


def collected() -> dict[str, list[str]]:
    """Return the source files of each sentence."""
    found: dict[str, list[str]] = {}
    for pattern in SOURCES:
        for path in sorted(ROOT.glob(pattern)):
            for english in said(path):
                name = path.relative_to(ROOT).as_posix()
                if name not in found.setdefault(english, []):
                    found[english].append(name)
    for path in retelling():
        name = path.relative_to(ROOT).as_posix()
        for english in retold(path) if name not in NO_WORDS else ():
            if name not in found.setdefault(english, []):
                found[english].append(name)
    return found


def retelling() -> list[Path]:
    """Return the sources that write English for pages to translate."""
    return [path for pattern in ELSEWHERE for path in sorted(ROOT.glob(pattern))]


def retold(path: Path) -> Iterator[str]:
    """Return the English sentences of a source for its callers: errors, progress notes, constants.

    Pages translate them with ``retell``.  Values are {0}, {1} …
    """
    tree = ast.parse(path.read_text(encoding="utf-8"))
    known = {id(each) for node in ast.walk(tree) if _is_call(node, MARKS) for each in node.args[:1]}
    for node in ast.walk(tree):
        for each in _spoken(node):
            for text in _texts(each):
                template = _template(text)
                told = SENTENCE.search(template) or (_is_call(node, ["Algorithm"]) and " " in template)
                if id(text) not in known and " · " not in template and told:
                    yield template


def _is_call(node: ast.AST, names: Sequence[str]) -> bool:
    return isinstance(node, ast.Call) and getattr(node.func, "id", getattr(node.func, "attr", "")) in names


def _spoken(node: ast.AST) -> list[ast.expr]:
    """Return the expressions in ``node`` that hold sentences."""
    if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
        return node.exc.args if _is_call(node.exc, ERRORS) else []
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Attribute):
        return [node.value] if node.targets[0].attr in SPOKEN else []
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return [node.value] if node.targets[0].id.isupper() or node.targets[0].id in SPOKEN else []
    if isinstance(node, ast.AnnAssign) and getattr(node.target, "id", "") in SPOKEN and node.value:
        return [node.value]
    if isinstance(node, ast.Return) and node.value:
        return [node.value]
    if _is_call(node, ["Algorithm"]):  # label, description and number of steps
        return [*node.args[3:], *(each.value for each in node.keywords if each.arg == "steps")]
    return [*node.args, *(each.value for each in node.keywords)] if _is_call(node, TELLS) else []


def _texts(node: ast.expr) -> Iterator[ast.expr]:
    """Return the possible texts of an expression."""
    if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str)):
        yield node
    elif isinstance(node, ast.IfExp | ast.BoolOp | ast.Dict | ast.Tuple | ast.List):
        for each in ast.iter_child_nodes(node):
            yield from _texts(each)


def _template(text: ast.expr) -> str:
    if isinstance(text, ast.Constant):
        return text.value
    places = (f"{{{number}}}" for number in range(99))
    return "".join(next(places) if isinstance(each, ast.FormattedValue) else str(each.value) for each in text.values)


def said(path: Path) -> Iterator[str]:
    """Return the sentences that a source file passes to ``tr`` and ``mark``, in order."""
    text = path.read_text(encoding="utf-8")
    yield from _said_in_python(text) if path.suffix == ".py" else _said_in_javascript(text)


def _said_in_python(text: str) -> Iterator[str]:
    calls = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Call)]
    for call in sorted(calls, key=lambda node: (node.lineno, node.col_offset)):
        if isinstance(call.func, ast.Name) and call.func.id in MARKS and call.args:
            first = call.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str):
                yield first.value


def _said_in_javascript(text: str) -> Iterator[str]:
    for found in JS_CALL.finditer(text):
        yield "".join(ast.literal_eval(part) for part in JS_TEXT.findall(found[1]))


def merged(known: list[Entry], said: dict[str, list[str]]) -> list[Entry]:
    """Return an entry for each sentence of ``said``, with its translation from ``known``."""
    by_english = {entry.english: entry for entry in known}
    gone = {english: entry for english, entry in by_english.items() if english not in said and entry.translation}
    entries = []
    for english, files in said.items():
        entry = by_english.get(english)
        if entry is None:
            alike = get_close_matches(english, gone, 1, LIKE)
            old = gone[alike[0]] if alike else Entry()
            entry = Entry(english, old.translation, before=old.english)
        entries.append(Entry(english, entry.translation, files, entry.before))
    return sorted(entries, key=lambda entry: entry.files[0])


def written(language: str, name: str, entries: list[Entry]) -> str:
    """Return a catalogue as the text of a .po file."""
    return "\n".join([HEAD.format(language=language, name=name), *map(_block, entries)])


def _block(entry: Entry) -> str:
    lines = [f"#: {' '.join(entry.files)}"]
    if entry.before:
        lines += ["#, fuzzy", *(f"#| {line}" for line in _quoted("msgid", entry.before))]
    return "\n".join([*lines, *_quoted("msgid", entry.english), *_quoted("msgstr", entry.translation), ""])


def _quoted(name: str, text: str) -> list[str]:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    if len(escaped) <= WIDTH:
        return [f'{name} "{escaped}"']
    parts = [""]
    for piece in re.findall(r"\\.|[^\\\s]+\s*|\s+", escaped):
        for start in range(0, len(piece), WIDTH):
            if len(parts[-1]) + len(piece) > WIDTH:
                parts.append("")
            parts[-1] += piece[start : start + WIDTH]
    return [f'{name} ""', *(f'"{part}"' for part in parts if part)]


def main() -> None:
    """Update every catalogue and report the sentences left to translate."""
    from explorer.locale.language import LANGUAGES

    for language, name in LANGUAGES.items():
        path = FOLDER / f"{language}.po"
        if language == "en":
            continue
        known = list(read(path.read_text(encoding="utf-8"))) if path.is_file() else []
        entries = merged(known, collected())
        path.write_text(written(language, name, entries), encoding="utf-8")
        left = sum(not entry.translation or bool(entry.before) for entry in entries)
        print(f"{path.relative_to(ROOT)}: {len(entries)} sentences, {left} to translate")


if __name__ == "__main__":
    main()
