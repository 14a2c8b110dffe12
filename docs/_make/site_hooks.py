"""Hooks for mkdocs: pages from other files, and a check for external resources."""

import re
from pathlib import Path

import nbformat
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

ROOT = Path(__file__).parents[2]
FROM_ROOT = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
OUTPUTS: list[str] = []
PLACE = "output-{}-stands-here"
SHIM = "https://unpkg.com/iframe-worker/shim"
"""the theme's shim for search from disk, replaced by ours"""
ELSEWHERE = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>|<link\b[^>]*\bhref=["']?(?:https?:)?//[^>]*>"""
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages at the repository's root, with links relative to docs/."""
    for page, source in FROM_ROOT.items():
        text = (ROOT / source).read_text().replace("](docs/", "](")
        files.append(File.generated(config, page, content=text))
    for path in sorted((ROOT / "docs" / "notebooks").glob("*.ipynb")):
        executed = ROOT / "build" / "notebooks" / path.name
        if not executed.exists():
            raise PluginError(f"{path.name} must be executed first: python docs/_make/notebooks.py")
        files.append(File.generated(config, f"notebooks/{path.stem}.md", content=_page(executed)))
    return files


def _page(executed: Path) -> str:
    """Return an executed notebook as Markdown, with placeholders for HTML outputs."""
    notebook = nbformat.read(executed, as_version=4)
    parts = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            parts.append(cell.source)
        elif cell.cell_type == "code":
            parts.append(f"```python\n{cell.source}\n```")
            parts += [_output(output) for output in cell.outputs]
    parts.insert(1, f"[Download this notebook]({executed.name}). It was executed when this site was built.")
    return "\n\n".join(parts)


def _output(output: nbformat.NotebookNode) -> str:
    if output.get("name") == "stderr":
        return ""
    data = output.get("data", {})
    if html := data.get("text/html"):
        OUTPUTS.append(html)
        return f'<div class="output">{PLACE.format(len(OUTPUTS) - 1)}</div>'
    text = output.get("text") or data.get("text/plain", "")
    return f"```text\n{text.rstrip()}\n```"


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Point links to notebooks at their pages; in the repository they point at the files."""
    return re.sub(r"\]\(((?:\.\./)?notebooks/\w+)\.ipynb\)", r"](\1.md)", markdown)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Fill the placeholders with the notebooks' HTML outputs."""
    return re.sub(PLACE.format(r"(\d+)"), lambda place: OUTPUTS[int(place[1])], html)


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Refuse pages with external resources: the site must work offline."""
    output = output.replace(SHIM, get_relative_url("static/search_from_disk.js", page.url))
    if found := ELSEWHERE.search(output):
        raise PluginError(f"{page} must load nothing from elsewhere: {found[0][:200]}")
    return output
