"""What the documentation shows runs, and what can be set is documented."""

import doctest
import inspect
import re
import tomllib
from importlib import import_module
from pathlib import Path

import command_lines
import pytest
import reference
import timm
import torch
import yaml

import tome
import tome.hosts.hf
import tome.hosts.timm  # registered before a page adds its own, which goes with it
from explorer.notebook import view
from explorer.records.query import PanelsQuery, Query
from tome.hosts.registry import HOSTS
from tome.matching import ALGORITHMS

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
PAGES = {
    str(page.relative_to(ROOT)): page.read_text()
    for page in (ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(DOCS.rglob("*.md")))
}
BLOCK = re.compile(r"^```python(?P<info>[^\n]*)\n(?P<code>.*?)^```$", re.MULTILINE | re.DOTALL)
NOT_RUN = re.compile(r' title="not run: (?P<reason>[^"]{8,})"')
API = re.findall(r"^::: (\S+)$", PAGES["docs/reference/api.md"] + PAGES["docs/reference/extend.md"], re.MULTILINE)


@pytest.fixture(autouse=True)
def _registries_as_before():
    before = [(registry, dict(registry)) for registry in (HOSTS, ALGORITHMS)]
    yield
    for registry, entries in before:
        registry.clear()
        registry.update(entries)


@pytest.mark.parametrize("name", [name for name, text in PAGES.items() if BLOCK.search(text)])
def test_the_python_of_a_page_runs_from_top_to_bottom(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, shared, ours = PAGES[name], {"__name__": name}, set(ALGORITHMS)
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start("code"))
        code = compile("\n" * first + block["code"], name, "exec")  # errors name the page's line
        if not NOT_RUN.fullmatch(block["info"]):
            assert block["info"] == "", f"{name} must say why a block is not run, or nothing"
            exec(code, shared)
    check_new_algorithms(ours)


@pytest.mark.parametrize("name", sorted(reference.PARTS))
def test_a_generated_part_stands_in_one_page_as_the_code_has_it_now(name):
    (page,) = [page for page, text in PAGES.items() if f"<!-- begin {name} -->" in text]
    assert reference.updated(PAGES[page]) == PAGES[page], "run `make reference`"


def test_every_command_line_is_in_the_reference():
    reading = {
        str(path.relative_to(ROOT).with_suffix("")).replace("/", ".")
        for package in ("tome", "explorer")
        for path in (ROOT / package).rglob("*.py")
        if re.search(r"\b(Argument)?Parser\((?!argparse)", path.read_text()) and path.name != "command.py"
    }
    assert reading == set(command_lines.COMMANDS)


@pytest.mark.parametrize("module", command_lines.COMMANDS)
def test_every_argument_of_a_command_says_what_it_means(module):
    silent = [a.option_strings or a.dest for a in command_lines.actions(command_lines.parser_of(module)) if not a.help]
    assert silent == []


EXAMPLE = re.compile(r"python -m (?:tome|explorer)[^\n`|]*")


def test_the_flags_in_examples_are_those_of_the_commands():
    parsers = sorted(map(command_lines.parser_of, command_lines.COMMANDS), key=lambda parser: -len(parser.prog))
    wrong, seen = [], 0
    for name, text in PAGES.items():
        for line in EXAMPLE.findall(text):
            known = next((parser for parser in parsers if f"{line} ".startswith(f"{parser.prog} ")), None)
            if known:
                flags = set(re.findall(r"(?<=\s)--[a-z][a-z0-9-]*", line))
                seen += len(flags)
                wrong += [(name, line, flag) for flag in flags - {f for a in known._actions for f in a.option_strings}]
    assert wrong == []
    assert seen > 50


@pytest.mark.parametrize("name", sorted({*Query.model_fields, *PanelsQuery.model_fields}))
def test_a_parameter_of_the_http_interface_is_documented(name):
    assert f"`{name}`" in PAGES["docs/api.md"]


def test_every_variable_of_the_environment_is_documented():
    sources = "\n".join(path.read_text() for package in ("tome", "explorer") for path in (ROOT / package).rglob("*.py"))
    read = set(re.findall(r"\bTOME_[A-Z_]+\b", sources))
    assert {name for name in read if f"`{name}`" not in PAGES["docs/reference/configuration.md"]} == set()


def test_every_extra_is_on_the_install_page():
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["optional-dependencies"]
    assert {name for name in extras if f"`[{name}]`" not in PAGES["docs/how-to/install.md"]} == set()


@pytest.mark.parametrize(
    "name", [*(f"tome.{name}" for name in tome.__all__), *(f"tome.testing.{n}" for n in tome.testing.__all__)]
)
def test_the_public_face_is_in_the_reference(name):
    rules = name.endswith("_RULES")  # listed by name in their how-to
    assert rules or name in API or any(path.endswith(f".{name.rpartition('.')[2]}") for path in API)


def member(path: str):
    """Return the object at a dotted path of the reference."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


@pytest.mark.parametrize("path", API)
def test_the_examples_of_the_reference_run(path):
    model = timm.create_model("test_vit", img_size=64).eval()
    images = torch.rand(2, 3, 64, 64, generator=torch.Generator().manual_seed(0))
    names = {"view": view, "tome": tome, "torch": torch, "timm": timm, "model": model, "images": images}
    ours = set(ALGORITHMS)
    for test in doctest.DocTestFinder(exclude_empty=True).find(member(path), path, globs=names):
        said = []
        doctest.DocTestRunner(optionflags=doctest.ELLIPSIS).run(test, out=said.append, clear_globs=False)
        assert not said, "".join(said)
    assert check_new_algorithms(ours) == EXAMPLES_OF_ALGORITHMS.get(path, [])


EXAMPLES_OF_ALGORITHMS = {"tome.algorithm": ["first"], "tome.register": ["mine"]}


def check_new_algorithms(before: set[str]) -> list[str]:
    """Check what an example registered as a reader would, and return its names."""
    new = [name for name in ALGORITHMS if name not in before]
    for name in new:
        tome.testing.check_algorithm(name)
    return new


@pytest.mark.parametrize("path", [path for path in API if inspect.isfunction(member(path))])
def test_a_function_of_the_reference_has_an_example(path):
    assert ">>> " in inspect.getdoc(member(path))


LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("name", PAGES)
def test_every_link_of_a_page_leads_to_a_file(name):
    page = ROOT / name
    assert [link for link in LINK.findall(PAGES[name]) if not (page.parent / link).exists()] == []


def test_the_readme_can_be_read_in_one_go():
    assert len(PAGES["README.md"].splitlines()) <= 120


def test_pictures_are_small():
    pictures = [*DOCS.glob("static/*"), *DOCS.glob("static/app/*")]
    assert [path.name for path in pictures if path.is_file() and path.stat().st_size > 150_000] == ["collapse.webp"]
    assert (DOCS / "static" / "collapse.webp").stat().st_size < 1_500_000


def test_the_citation_is_of_this_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert cited["cff-version"] == "1.2.0"
    assert cited["version"] == tome.__version__
    assert cited["license"] == project["license"]
    (paper,) = cited["references"]
    assert {"title", "authors", "year", "url"} <= set(paper)
    assert "preferred-citation" not in cited, "it would be cited instead of the software"


@pytest.mark.parametrize(
    "form", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda form: form.name
)
def test_an_issue_form_can_be_read(form):
    read = yaml.safe_load(form.read_text())
    if form.name != "config.yml":
        assert {"name", "description", "body"} <= set(read)
        assert len({part["id"] for part in read["body"]}) == len(read["body"])


LABEL = re.compile(r"(?<!\*)\*([A-Z][^*\n]{3,60})\*(?!\*)")


@pytest.mark.parametrize("name", [name for name in PAGES if name.startswith("docs/app/")])
def test_what_a_page_calls_a_control_is_its_label_in_the_app(name):
    sources = [path for kind in ("*.py", "*.js", "*.yaml") for path in (ROOT / "explorer").rglob(kind)]
    words = "\n".join(path.read_text() for path in sources if path.is_file())
    labels = [label.replace("\n", " ") for label in LABEL.findall(PAGES[name])]
    assert [label for label in labels if label not in words and "…" not in label] == []
