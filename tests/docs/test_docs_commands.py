"""Commands that a page shows can be given as they stand."""

import re
import shlex

import pytest
from command_lines import COMMANDS as ALL
from command_lines import parser_of
from test_docs import PAGES, ROOT

from explorer.__main__ import COMMANDS

FENCED = re.compile(r"^```(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)


def shell(text: str) -> str:
    """Return the blocks of a page that name no language: commands, and what they print."""
    return "\n".join(block["code"] for block in FENCED.finditer(text) if not block["info"])


ENTRY = re.compile(
    r"(?:torchrun [^#]*?-m |python -m |python )(?P<module>tome\.[a-z.]+|explorer\.[a-z.]+)(?P<rest>.*)|tome-explorer (?P<word>export|bench|evaluate)(?P<more>.*)"
)


def command_lines() -> list[tuple[str, str, str]]:
    """Return page, module and arguments of every command of ours in a block of a page."""
    found = []
    for name, text in PAGES.items():
        for line in shell(text).splitlines():
            if called := ENTRY.match(line):
                module = called["module"] or COMMANDS[called["word"]][0]
                found.append((name, module, (called["rest"] or called["more"] or "").partition("#")[0]))
    return found


@pytest.mark.parametrize(("name", "module", "rest"), command_lines())
def test_a_command_of_a_page_can_be_parsed(name, module, rest, monkeypatch):
    monkeypatch.setattr("tome.lab.command.torch.cuda.device_count", lambda: 1)
    arguments = shlex.split(rest)
    short = {"tome.benchmark": "tome.lab.benchmark", "tome.training": "tome.lab.training"}
    if module == "tome.evaluate":
        module = "tome.lab.evaluate.speech" if arguments[:1] == ["speech"] else "tome.lab.evaluate.__main__"
        arguments = arguments[module.endswith("speech") :]
    module = f"{short[module]}.__main__" if module in short else module
    parser_of(module).parse_args(arguments)


def test_the_commands_of_the_pages_are_found():
    assert len(command_lines()) > 30


@pytest.mark.parametrize("module", ALL)
def test_the_help_of_a_command_has_examples_that_can_be_parsed(module, monkeypatch):
    monkeypatch.setattr("tome.lab.command.torch.cuda.device_count", lambda: 1)
    parser = parser_of(module)
    lines = [line.strip() for line in parser.format_help().splitlines()]
    examples = [line.removeprefix(parser.prog) for line in lines if line.startswith(f"{parser.prog} ")]
    assert examples
    for example in examples:
        if module != "explorer.__main__" and not example.startswith(" speech"):  # read by other parsers
            parser.parse_args(shlex.split(example))


@pytest.mark.parametrize("name", PAGES)
def test_a_target_of_make_in_a_page_is_in_the_makefile(name):
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = set(re.findall(r"`make ([a-z-]+)`", PAGES[name]))
    asked |= set(re.findall(r"^make ([a-z-]+)", shell(PAGES[name]), re.MULTILINE))
    assert asked <= known
