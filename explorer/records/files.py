"""What a query names among the clips or the sounds, decoded."""

from collections.abc import Callable
from typing import TypeVar

from explorer.core.files import File, Files
from explorer.records.errors import BadQuery
from tome.media.kinds import BadMedia

__all__ = ["read"]

Decoded = TypeVar("Decoded")


def read(
    parameter: str, name: str | None, files: Files[Decoded], decode: Callable[[File], Decoded]
) -> tuple[File, Decoded]:
    """Return the file called ``name``, and what is decoded of it.  Raises BadQuery, naming ``parameter``."""
    try:
        file = files.named(name or "")
    except KeyError:
        rule = f"must be one of {', '.join(files.samples)}, or the digest of a file that an open session holds"
        raise BadQuery(parameter, rule, name or "") from None
    try:
        return file, decode(file)
    except (BadMedia, ImportError) as reason:
        raise BadQuery(parameter, str(reason), name or "") from reason
