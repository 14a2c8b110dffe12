"""Atomic writes, and files locked by one process."""

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO
from weakref import finalize

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

__all__ = ["OwnFile", "replacing"]

BUSY = (errno.EAGAIN, errno.EACCES, errno.EWOULDBLOCK)


@contextmanager
def replacing(path: Path | str) -> Iterator[BinaryIO]:
    """Open a temporary file that replaces ``path`` at the end of the block; removed if the block fails.

    The replacement is atomic and synced to disk.  Raises ValueError if ``path`` exists and is not a regular file.
    """
    path = _regular(path)
    part = str(path.with_name(f".{secrets.token_hex(6)}.part"))
    with ExitStack() as undo:
        undo.callback(_remove, part)
        try:
            with open(part, "xb") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if path.exists():
                os.chmod(part, stat.S_IMODE(path.stat().st_mode))
            os.replace(part, path)
        except OSError as reason:
            if reason.filename in (None, part):
                reason.filename = str(path)
            raise
        undo.pop_all()
    _settle(path.parent)


class OwnFile:
    """A regular file, created if missing, locked against other processes while open.

    Raises BlockingIOError while another process holds the lock.  Without support for locks (Windows, some network
    file systems) there is no protection.  A new file that is still empty on close is removed.
    """

    def __init__(self, path: Path | str):
        self.path = _regular(path)
        number, made = self._open()
        self._number = [number]
        self.close = finalize(self, _close, self.path, self._number, made)

    def read(self, most: int = -1) -> bytes:
        """Return the content of the file, or its first ``most`` bytes if ``most`` is not negative."""
        with open(self._number[0], "rb", closefd=False) as file:
            file.seek(0)
            return file.read(most)

    def replace(self, content: bytes) -> None:
        """Replace the content of the file atomically."""
        with ExitStack() as undo:
            with replacing(self.path) as file:
                file.write(content)
                fresh = os.dup(file.fileno())
                undo.callback(os.close, fresh)
                _lock(fresh, self.path)
            undo.pop_all()
        os.close(self._number[0])
        self._number[0] = fresh

    def _open(self) -> tuple[int, bool]:
        """Return the number of the open and locked file, and whether it was made."""
        while True:
            number, made = _open_or_make(self.path)
            with ExitStack() as undo:
                undo.callback(os.close, number)
                if not stat.S_ISREG(os.fstat(number).st_mode):
                    raise _not_regular(self.path)
                _lock(number, self.path)
                if _same(number, self.path):  # else replaced by its owner between the two steps
                    undo.pop_all()
                    return number, made


def _open_or_make(path: Path) -> tuple[int, bool]:
    flags = os.O_RDWR | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    try:
        return os.open(path, flags), False
    except FileNotFoundError:
        return os.open(path, flags | os.O_CREAT, 0o666), True


def _regular(path: Path | str) -> Path:
    """Resolve symbolic links in ``path``; ValueError if it exists and is not a regular file."""
    path = Path(os.path.realpath(path))
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return path
    if not stat.S_ISREG(mode):
        raise _not_regular(path)
    return path


def _not_regular(path: Path) -> ValueError:
    return ValueError(f"{path} must be a regular file or absent")


def _lock(number: int, path: Path) -> None:
    if fcntl is None:
        return
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as reason:
        if reason.errno in BUSY:
            raise BlockingIOError(errno.EAGAIN, "Another process is writing this file", str(path)) from None


def _same(number: int, path: Path) -> bool:
    with suppress(FileNotFoundError):
        return os.path.samestat(os.fstat(number), path.stat())
    return False


def _close(path: Path, number: list[int], made: bool) -> None:
    if made and os.fstat(number[0]).st_size == 0 and _same(number[0], path):
        with suppress(OSError):
            path.unlink()
    if fcntl is not None:
        with suppress(OSError):
            fcntl.flock(number[0], fcntl.LOCK_UN)  # also where a forked process has the file open
    os.close(number[0])


def _remove(part: str) -> None:
    with suppress(FileNotFoundError, NotADirectoryError):
        os.unlink(part)


def _settle(folder: Path) -> None:
    """Sync a folder's entries to disk."""
    if hasattr(os, "O_DIRECTORY"):
        number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        with suppress(OSError):  # not every file system can
            os.fsync(number)
        os.close(number)
