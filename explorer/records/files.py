"""Decode the clip or sound of a query."""

from collections.abc import Callable
from typing import TypeVar

from explorer.media.files import File, Files
from explorer.records.errors import BadQuery
from tome.media.kinds import BadMedia

__all__ = ["read"]

Decoded = TypeVar("Decoded")


def read(
    parameter: str, name: str | None, files: Files[Decoded], decode: Callable[[File], Decoded]
) -> tuple[File, Decoded]:
    """Return the file ``name`` and its decoded content.  Raises BadQuery, naming ``parameter``."""
    try:
        file = files.named(name or "")
    except KeyError:
        rule = f"must be one of {', '.join(files.samples)}, or the digest of a file that an open session holds"
        raise BadQuery(parameter, rule, name or "") from None
    try:
        return file, decode(file)
    except (BadMedia, ImportError) as reason:
        raise BadQuery(parameter, str(reason), name or "") from reason
