"""What the documentation shows runs as it stands there."""

import re
from pathlib import Path

import pytest

import tome.hosts.hf
import tome.hosts.timm  # registered before a page adds its own, which goes with it  # noqa: F401
from tome.hosts.registry import HOSTS
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
