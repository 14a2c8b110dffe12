"""Find English prose in the app's sources that is not passed to ``tr`` and so cannot be translated."""

import ast
import re
from collections.abc import Iterator

PROSE = re.compile(r"[A-Za-z]{2,}[,:;]? [a-z]{2,}|^[A-Z][a-z]{2,}$")
"""two words in a row, or one with a capital alone"""
SPOKEN = ("tr", "mark", "retell")
UNSAID = ("getLogger", "namedtuple", "TypeVar", "import_module")


def untold(text: str) -> Iterator[tuple[int, str]]:
    """Return line and text of each untranslated sentence of a Python source."""
    tree = ast.parse(text)
    passed = {id(node) for node in _passed_over(tree)}
    for node in _walk(tree, passed):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and PROSE.search(_plain(node.value)):
            yield node.lineno, node.value


def _plain(text: str) -> str:
    """Leave out style sheets and markup."""
    return "" if "<style>" in text or "{display" in text or '="' in text else re.sub(r"</?[a-z][^>]*>", "", text)


def _walk(node: ast.AST, passed: set[int]) -> Iterator[ast.AST]:
    if id(node) in passed:
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _walk(child, passed)


def _passed_over(tree: ast.Module) -> Iterator[ast.AST]:
    """Return the parts without text for users: docstrings, types, developer errors, arguments of ``tr``."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            yield node
        elif isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            if name in SPOKEN:
                yield from node.args[:1]
            elif name in UNSAID:
                yield node
        elif isinstance(node, ast.keyword) and node.arg == "key":
            yield node.value
        elif isinstance(node, ast.AnnAssign) or (isinstance(node, ast.arg) and node.annotation):
            yield node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns:
            yield node.returns
        elif (
            isinstance(node, ast.Assign)
            and any(isinstance(each, ast.Name) and each.id == "__all__" for each in node.targets)
        ) or isinstance(node, ast.Raise):
            yield node


JS_TOLD = re.compile(
    r"\btr\(\s*(?:\"(?:[^\"\\]|\\.)*\"\s*\+?\s*)+|Error\([\"`][^\n]*|^import [^;]*;|^\s*(?://|/?\*).*$|(?<=\s)//.*$",
    re.MULTILINE,
)
JS_TEXT = re.compile(r"\"((?:[^\"\\\n]|\\.)*)\"|`([^`]*)`")
JS_PROSE = re.compile(r"[A-Za-z]{2,}[,:;.]? [a-z]|^\s*[A-Z][a-z]+[.:…]?\s*$")
JS_CODE = re.compile(
    r"tome-|lesson-|play-|sans-serif|[\[{<>(=]\w|^(Escape|Enter|Arrow\w+|Page(Up|Down)|xMidYMid meet|Home|End)$"
)


def untold_in_javascript(text: str) -> Iterator[str]:
    """The same of a script of the viewer."""
    for found in JS_TEXT.finditer(JS_TOLD.sub("", text)):
        said = re.sub(r"\$\{[^{}]*\}", "1", found[1] or found[2] or "")
        if JS_PROSE.search(said) and not JS_CODE.search(said):
            yield said
