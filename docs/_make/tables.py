"""Tables in Markdown."""

from collections.abc import Sequence

__all__ = ["codes", "table"]


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table."""
    cells = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells)


def codes(words: Sequence[str]) -> str:
    """Return words as code, with commas."""
    return ", ".join(f"`{word}`" for word in words)
