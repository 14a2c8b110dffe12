"""Plain English, as far as a machine can tell: words that crept in before, long sentences, docstrings in the imperative."""

import ast
import re

import pytest
from test_docs import PAGES, ROOT

TEXTS = {**PAGES, "CHANGELOG.md": (ROOT / "CHANGELOG.md").read_text()}
CODE = re.compile(r"<!-- begin (\w+) -->.*?<!-- end \1 -->|```.*?```|`[^`\n]*`|<!--.*?-->|\$\$.*?\$\$", re.DOTALL)
NOT_PROSE = re.compile(r"^(\||!\[|:::|    ).*$", re.MULTILINE)
DIALECT = {
    r"\betc\b": "name the rest, or leave it out",
    r"\bhangs? on\b": "depends on, belongs to",
    r"\banew\b": "again",
    r"\bwhoever\b|\bwho (asks|comes|listens|waits)\b": "say it with a noun: a reader, a request",
    r"\bbe had\b": "is available",
    r"\b(is|are) (told|said) (so|to)\b": "gets an error, a message",
    r"\bhinders? nobody\b": "is harmless",
    r"\bin order to\b|\bwhat is more\b|\bsee to it\b": "leave it out",
    r"\beasily\b|\bsimply\b|\bof course\b|\bobviously\b": "leave it out",
    r"\bmake (use|sense) of\b": "use, read",
}
LONGEST = 40
"""words of a sentence"""
NOT_IMPERATIVE = re.compile(
    r"(The|A|An|What|How|Whether|Where|Which|This|It|Every|One|Some|Raises|Returns|(?!Bring )[A-Z][a-z]+ing) "
)


def prose(text: str) -> str:
    """Return a page without code, tables and pictures, links by their words alone."""
    text = NOT_PROSE.sub("", CODE.sub("code", text))
    return re.sub(r"\]\([^)]*\)", "]", text)


@pytest.mark.parametrize("name", TEXTS)
def test_a_page_has_no_words_of_a_private_dialect(name):
    text = prose(TEXTS[name])
    found = {
        word[0]: better for pattern, better in DIALECT.items() for word in re.finditer(pattern, text, re.IGNORECASE)
    }
    assert found == {}


@pytest.mark.parametrize("name", TEXTS)
def test_no_sentence_of_a_page_is_too_long_to_read_once(name):
    paragraphs = re.split(r"\n\s*\n|\n(?=\s*[-*\d]+[ .])|\n(?=#)", prose(TEXTS[name]))
    sentences = [each for part in paragraphs for each in re.split(r"(?<=[.:;?!])\s+", " ".join(part.split()))]
    assert [each for each in sentences if len(each.split()) > LONGEST] == []


def functions(tree: ast.Module):
    """Return the public functions of a module with a docstring, without properties, which are nouns."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and ast.get_docstring(node):
            named = {ast.unparse(each).rpartition(".")[2] for each in node.decorator_list}
            if not named & {"property", "cached_property"}:
                yield node


SOURCES = [path for folder in ("tome", "explorer") for path in sorted((ROOT / folder).rglob("*.py"))]


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_the_docstring_of_a_function_begins_with_an_imperative(path):
    found = {node.name: ast.get_docstring(node).splitlines()[0] for node in functions(ast.parse(path.read_text()))}
    assert {name: line for name, line in found.items() if NOT_IMPERATIVE.match(line)} == {}


def test_the_checks_find_what_they_look_for():
    assert NOT_IMPERATIVE.match("What a setting does to a text.")
    assert not NOT_IMPERATIVE.match("Return what a setting does.")
    assert any(re.search(pattern, "Who asks is told so, etc.", re.IGNORECASE) for pattern in DIALECT)
