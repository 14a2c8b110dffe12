"""The photos among the files that a reader gives, zip archives looked into."""

import io
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from explorer.core.images import BadImage, Picture, load, sample_pictures
from explorer.core.names import display_name

__all__ = ["MOST_BYTES", "MOST_FILES", "Entry", "entries", "picture", "samples"]

MOST_FILES = 200
MOST_BYTES = 100 * 2**20
"""of a zip archive, unpacked"""


@dataclass(frozen=True, eq=False)
class Entry:
    """A file that may be a photo.  ``read`` is called when its turn comes, and may raise BadImage."""

    name: str
    read: Callable[[], bytes]


def entries(files: Iterable[tuple[str, bytes]]) -> list[Entry]:
    """The photos among ``files`` (name, content): zip archives are looked into, once.

    Raises BadImage where there are too many, or where an archive would unpack to too much or cannot be read.
    """
    found: list[Entry] = []
    for name, content in files:
        found += (
            _inside(name, content) if content[:4] == b"PK\x03\x04" else [Entry(display_name(name), lambda c=content: c)]
        )
        if len(found) > MOST_FILES:
            raise BadImage(f"There are more than {MOST_FILES} files: choose fewer.")
    return _told_apart(found)


def picture(entry: Entry) -> Picture:
    """Read an entry through the image gate, or raise BadImage."""
    return load(entry.read(), entry.name)


def _told_apart(found: list[Entry]) -> list[Entry]:
    """Files of one name, from different folders, get a number."""
    seen: dict[str, int] = {}
    apart = []
    for entry in found:
        seen[entry.name] = number = seen.get(entry.name, 0) + 1
        apart.append(entry if number == 1 else Entry(f"{entry.name} ({number})", entry.read))
    return apart


def _inside(name: str, content: bytes) -> list[Entry]:
    shown = display_name(name)
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        inside = [member for member in archive.infolist() if _is_photo(member)]
    except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as reason:
        raise BadImage(f"“{shown}” is not a zip archive that can be read: pack it again.") from reason
    if len(inside) > MOST_FILES:
        raise BadImage(f"“{shown}” holds more than {MOST_FILES} files: pack fewer.")
    if sum(member.file_size for member in inside) > MOST_BYTES:
        raise BadImage(f"“{shown}” unpacks to more than {MOST_BYTES // 2**20} MB: pack fewer or smaller photos.")
    return [Entry(display_name(member.filename), lambda m=member: _unpack(archive, m)) for member in inside]


def _is_photo(member: zipfile.ZipInfo) -> bool:
    last = member.filename.rsplit("/", 1)[-1]
    return not member.is_dir() and not last.startswith(".") and not member.filename.startswith("__MACOSX")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size)  # no more than was promised when the sum was checked
    except (zipfile.BadZipFile, RuntimeError, OSError, EOFError, NotImplementedError, ValueError) as reason:
        raise BadImage(f"“{display_name(member.filename)}” cannot be unpacked: it is damaged or encrypted.") from reason


def samples() -> list[Entry]:
    """The photos that come with the app."""
    return [Entry(name, path.read_bytes) for name, path in sample_pictures()]
