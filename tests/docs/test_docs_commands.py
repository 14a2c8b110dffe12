"""Commands of a page that are not run have arguments that are read, and name files that exist."""

import argparse
import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path

import noted
import pytest
from command_lines import COMMANDS as ALL
from command_lines import actions, parser_of
from packaging.requirements import Requirement
from page_commands import Command, commands, shell
from test_docs import PAGES, ROOT

from explorer import cli
from explorer.__main__ import COMMANDS
from explorer.export.fitting import misfit

ENTRY = re.compile(
    r"(?:torchrun [^#]*?-m |python -m |python )(?P<module>tome\.[a-z.]+|explorer\.[a-z.]+)(?P<rest>.*)|tome-explorer (?P<word>export|bench|evaluate)(?P<more>.*)"
)
INLINE = re.compile(r"`((?:[A-Z_]+=\S+ )?(?:python|pytest|pip|make|torchrun|tome-explorer) [^`\n…]+)`")
OURS = re.compile(r"(?<!\S)(?:tests|docs|deploy|explorer|sample_\w+)/\S+|requirements\S*\.txt")
"""files of the repository in a command"""


def lines() -> list[tuple[str, str]]:
    """Return page and line of every command in a block or within a sentence."""
    inline = [(name, line) for name, text in PAGES.items() for line in INLINE.findall(text)]
    return [*((each.page, each.expanded) for each in commands()), *inline]


def command_lines() -> list[tuple[str, str, str]]:
    """Return page, module and arguments of every command of ours."""
    found = []
    for name, line in lines():
        if called := ENTRY.fullmatch(line):
            module = called["module"] or COMMANDS[called["word"]][0]
            found.append((name, module, called["rest"] or called["more"] or ""))
    return [each for each in found if each[2] not in ("", " speech")]  # names alone, within a sentence


def read(module: str, rest: str) -> argparse.Namespace:
    """Return the arguments of a command as its own parser reads them."""
    arguments = shlex.split(rest)
    short = {"tome.benchmark": "tome.lab.benchmark", "tome.training": "tome.lab.training"}
    if module == "tome.evaluate":
        module = "tome.lab.evaluate.speech" if arguments[:1] == ["speech"] else "tome.lab.evaluate.__main__"
        arguments = arguments[module.endswith("speech") :]
    return parser_of(f"{short[module]}.__main__" if module in short else module).parse_args(arguments)


@pytest.fixture(autouse=True)
def _one_gpu(monkeypatch):
    monkeypatch.setattr("tome.lab.command.torch.cuda.device_count", lambda: 1)


@pytest.mark.parametrize(("name", "module", "rest"), command_lines())
def test_a_command_of_a_page_can_be_parsed(name, module, rest):
    read(module, rest)


def test_the_commands_of_the_pages_are_found():
    assert len(command_lines()) > 40


@pytest.mark.parametrize(("name", "line"), [each for each in lines() if OURS.search(each[1])])
def test_the_files_in_a_command_exist(name, line):
    assert [path for path in OURS.findall(line) if not (ROOT / path).exists()] == []


LISTED = [each for each in commands() if each.reason and not ENTRY.fullmatch(each.expanded)]
"""commands of others, and of the tests"""


@pytest.mark.parametrize("command", LISTED, ids=lambda command: command.line)
def test_a_command_that_is_not_run_would_be_understood(command: Command, tmp_path, monkeypatch):
    words = shlex.split(re.sub(r"^(\w+=(\$\([^)]*\)|\S+) +)+|^nice -n \d+ ", "", command.expanded.rpartition("&& ")[2]))
    program, arguments = words[0].removeprefix(".venv/bin/"), words[1:]
    monkeypatch.chdir(tmp_path)
    match program, *arguments:
        case "make", target:
            done = subprocess.run(["make", "--dry-run", target], cwd=ROOT, capture_output=True, check=False)
            assert done.returncode == 0, done.stderr
        case "pip", "install", *asked:
            installable(asked)
        case "python", ("tests/drawing_memory.py" | "tests/media_mutants.py") as script, *given:
            parser_of(Path(script).stem).parse_args(given)
        case "python", script, *given if script.startswith("tests/"):
            monkeypatch.setattr(sys, "argv", [script, *given])
            (tmp_path / "docs" / "results" / "data").mkdir(parents=True)
            assert all(each.isdigit() for each in noted.arguments())
        case "python", "-m", "pytest", *paths:
            assert all((ROOT / path).exists() for path in paths)
        case "python3", "-m", "venv", ".venv":
            pass
        case "curl" | "docker" | "apt-get", *_:
            pass  # files are checked above; curl runs in tests/api
        case _:
            pytest.fail(f"say here how to check {program}")


def installable(asked: list[str]) -> None:
    """Check what ``pip install`` is given: requirements that our project or its ranges name, and files."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = {project["name"]: set(project["optional-dependencies"])}
    known = {Requirement(each).name: set() for each in project["dependencies"]} | extras
    options = iter(asked)
    for each in options:
        match each:
            case "-r":
                assert (ROOT / next(options)).exists()
            case "--index-url":
                assert next(options).startswith("https://download.pytorch.org/whl/")
            case _:
                wanted = Requirement(each.replace(".[", f"{project['name']}["))
                assert wanted.extras <= known[wanted.name], each


@pytest.mark.parametrize("module", ALL)
def test_the_help_of_a_command_has_examples_that_can_be_parsed(module):
    parser = parser_of(module)
    lines = [line.strip() for line in parser.format_help().splitlines()]
    examples = [line.removeprefix(parser.prog) for line in lines if line.startswith(f"{parser.prog} ")]
    assert examples
    for example in examples:
        if module != "explorer.__main__" and not example.startswith(" speech"):  # read by other parsers
            parser.parse_args(shlex.split(example))


@pytest.mark.parametrize("module", ALL)
def test_the_help_of_a_command_has_its_defaults(module):
    parser = parser_of(module)
    with_value = [each for each in actions(parser) if each.option_strings and each.nargs != 0]
    texts = [parser._get_formatter()._expand_help(each) for each in with_value if each.default not in (None, "")]
    assert [text for text in texts if "default" not in text] == []


@pytest.mark.parametrize("name", PAGES)
def test_a_target_of_make_in_a_page_is_in_the_makefile(name):
    known = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    asked = set(re.findall(r"`make ([a-z-]+)`", PAGES[name]))
    asked |= set(re.findall(r"^make ([a-z-]+)", shell(PAGES[name]), re.MULTILINE))
    assert asked <= known


EXPORTS = [
    (name, rest)
    for name, module, rest in command_lines()
    if module == "explorer.cli" and "FILE" not in rest.split()[:1]
]


@pytest.mark.parametrize(("name", "rest"), EXPORTS)
def test_every_option_of_an_export_on_a_page_counts(name, rest):
    args = cli.arguments(shlex.split(rest), "export")
    assert misfit(args.given, cli._written([path.suffix for path in args.files], args)) == ""
