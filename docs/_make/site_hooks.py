"""What mkdocs does beyond Markdown: pages from files outside docs/, and a check that the site loads only its own."""

import re
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

ROOT = Path(__file__).parents[2]
FROM_ROOT = {"changelog.md": "CHANGELOG.md", "contributing.md": "CONTRIBUTING.md"}
ELSEWHERE = re.compile(
    r"""<(?:script|img|iframe|source|video)\b[^>]*\bsrc=["']?(?:https?:)?//[^>]*>|<link\b[^>]*\bhref=["']?(?:https?:)?//[^>]*>"""
)


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that stand at the repository's root, with links as they are from docs/."""
    for page, source in FROM_ROOT.items():
        text = (ROOT / source).read_text().replace("](docs/", "](")
        files.append(File.generated(config, page, content=text))
    return files


def on_post_page(output: str, page: object, config: MkDocsConfig) -> str:
    """Refuse a page that loads anything from elsewhere: the site is read without a network."""
    if found := ELSEWHERE.search(output):
        raise PluginError(f"{page} must load nothing from elsewhere: {found[0][:200]}")
    return output
