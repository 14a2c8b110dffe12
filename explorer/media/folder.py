"""The photos among a reader's files, zip archives included."""

import io
import mimetypes
import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from explorer.media.images import BadImage, Picture, load, sample_pictures
from explorer.media.names import display_name

__all__ = ["MOST_BYTES", "MOST_FILES", "Entry", "entries", "picture", "samples", "without_others"]

MOST_FILES = 200
MOST_BYTES = 100 * 2**20
"""unpacked size of a zip archive"""
MOST_DIRECTORY = 2**18
"""bytes of the member lists of all archives: room for about 1,000 names of usual length"""


@dataclass(frozen=True, eq=False)
class Entry:
    """A possible photo; ``read`` is lazy and may raise BadImage."""

    name: str
    read: Callable[[], bytes]
    folder: str = ""
    """its folder within the archive"""


class _Archive(io.BytesIO):
    """A zip file with a member list of at most MOST_DIRECTORY bytes; longer ones are not parsed.

    zipfile parses the whole list at once, at 20 µs or more per member, before the members can be counted.
    """

    listing = True
    last = 0
    """size of the last read member list"""

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        if self.listing:
            self.last = len(data)
            if self.last > MOST_DIRECTORY:
                raise _TooManyError
        return data


class _TooManyError(Exception):
    """The member list is too long."""


def entries(files: Iterable[tuple[str, bytes]]) -> list[Entry]:
    """Return the photos among ``files`` (name, content), zip archives included, nested archives excluded.

    Raises BadImage for too many photos, and for an archive that is damaged or unpacks to too much.
    """
    found: list[Entry] = []
    listed = 0
    for name, content in files:
        if content[:4] == b"PK\x03\x04":
            inside, size = _inside(name, content)
            found += inside
            listed += size
        else:
            found.append(Entry(display_name(name), lambda c=content: c))
        if len(found) > MOST_FILES or listed > MOST_DIRECTORY:
            raise BadImage(f"There are more than {MOST_FILES} files: choose fewer.")
    return _told_apart(found)


def without_others(found: Iterable[Entry]) -> tuple[list[Entry], list[str]]:
    """Return the entries that may be photos, and the names of those that are something else by their suffix."""
    kept: list[Entry] = []
    left: list[str] = []
    for entry in found:
        kind, _ = mimetypes.guess_type(entry.name)
        if kind is None or kind.startswith("image/"):
            kept.append(entry)
        else:
            left.append(entry.name)
    return kept, left


def picture(entry: Entry) -> Picture:
    """Read an entry through the image gate, or raise BadImage."""
    return load(entry.read(), entry.name)


def _told_apart(found: list[Entry]) -> list[Entry]:
    """Number files of equal name from different folders."""
    seen: dict[str, int] = {}
    apart = []
    for entry in found:
        seen[entry.name] = number = seen.get(entry.name, 0) + 1
        apart.append(entry if number == 1 else Entry(f"{entry.name} ({number})", entry.read, entry.folder))
    return apart


def _inside(name: str, content: bytes) -> tuple[list[Entry], int]:
    """Return the photos of an archive, and the size of its member list in bytes."""
    shown = display_name(name)
    file = _Archive(content)
    try:
        archive = zipfile.ZipFile(file)
        inside = [member for member in archive.infolist() if _is_photo(member)]
    except _TooManyError:
        raise BadImage(f"“{shown}” lists too many files: pack {MOST_FILES} photos at most.") from None
    except Exception:  # noqa: BLE001 - zipfile raises almost anything on corrupt data
        raise BadImage(f"“{shown}” is not a readable zip archive: pack it again.") from None
    file.listing = False
    if len(inside) > MOST_FILES:
        raise BadImage(f"“{shown}” holds more than {MOST_FILES} files: pack fewer.")
    if sum(member.file_size for member in inside) > MOST_BYTES:
        raise BadImage(f"“{shown}” unpacks to more than {MOST_BYTES // 2**20} MB: pack fewer or smaller photos.")
    found = [
        Entry(display_name(member.filename), lambda m=member: _unpack(archive, m), _folder(member.filename))
        for member in inside
    ]
    return found, file.last


def _folder(path: str) -> str:
    parent = path.rpartition("/")[0]
    return display_name(parent) if parent else ""


def _is_photo(member: zipfile.ZipInfo) -> bool:
    if not member.filename or member.is_dir():  # is_dir fails on an empty name
        return False
    return not member.filename.rsplit("/", 1)[-1].startswith(".") and not member.filename.startswith("__MACOSX")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    shown = display_name(member.filename)
    if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        # zipfile unpacks other methods without a limit, whatever the stated size: 4 kB of bzip2 can become 4 GB.
        raise BadImage(f"“{shown}” uses an unsupported compression method: pack it again as a plain zip archive.")
    try:
        with archive.open(member) as stream:
            return stream.read(member.file_size)  # no more than the stated size in the checked sum
    except Exception:  # noqa: BLE001 - as above
        raise BadImage(f"“{shown}” cannot be unpacked: it is damaged or encrypted.") from None


def samples() -> list[Entry]:
    """Return the sample photos."""
    return [Entry(name, path.read_bytes) for name, path in sample_pictures()]
