"""What the documentation shows runs as it stands there."""

import re
from pathlib import Path

import pytest

import tome.hosts.hf
import tome.hosts.timm  # registered before a page adds its own, which goes with it  # noqa: F401
from tome.hosts.registry import HOSTS
from tome.lab.algorithms import markdown
from tome.matching import ALGORITHMS

DOCS = Path(__file__).parents[1] / "docs"
PAGES = {str(page.relative_to(DOCS)): page for page in sorted(DOCS.rglob("*.md"))}
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.fixture(autouse=True)
def _registries_as_before():
    before = [(registry, dict(registry)) for registry in (HOSTS, ALGORITHMS)]
    yield
    for registry, entries in before:
        registry.clear()
        registry.update(entries)


@pytest.mark.parametrize("name", [name for name, page in PAGES.items() if BLOCK.search(page.read_text())])
def test_the_python_of_a_page_runs_from_top_to_bottom(name, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    page, shared = PAGES[name], {"__name__": name}
    text = page.read_text()
    for block in BLOCK.finditer(text):
        first = text.count("\n", 0, block.start(1))
        exec(compile("\n" * first + block[1], str(page), "exec"), shared)  # errors name the page's line


def test_the_table_of_algorithms_is_what_the_registry_says():
    assert markdown(ALGORITHMS) in PAGES["models/algorithms.md"].read_text()


LINK = re.compile(r"\]\((?!https?://|#)([^)#]+)")


@pytest.mark.parametrize("name", ["README.md", *(f"docs/{name}" for name in PAGES)])
def test_every_link_of_a_page_leads_to_a_file(name):
    page = DOCS.parent / name
    assert [link for link in LINK.findall(page.read_text()) if not (page.parent / link).exists()] == []


def test_the_readme_can_be_read_in_one_go():
    assert len((DOCS.parent / "README.md").read_text().splitlines()) <= 120
