"""Readers' files by digest, held as long as an open session refers to them; samples by name."""

import atexit
import threading
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from functools import cache, cached_property
from hashlib import sha256
from pathlib import Path
from typing import Generic, TypeVar
from weakref import WeakValueDictionary

from explorer.media.names import display_name
from explorer.memory.guard import room_for
from explorer.memory.shelf import Shelf
from tome.media.kinds import BadMedia, Limits
from tome.media.worker import Worker

__all__ = ["File", "Files"]

DECODER_BYTES = 256 * 2**20
"""memory of the worker while decoding: 212 MB were measured with 4096 × 2304 pixels"""

Decoded = TypeVar("Decoded")


@dataclass(frozen=True, eq=False)
class File:
    """The bytes of a clip or a sound, not yet decoded."""

    content: bytes
    digest: str
    """SHA-256 of ``content``, hex"""
    name: str
    """for display"""

    @classmethod
    def of(cls, content: bytes, name: str) -> "File":
        return cls(content, sha256(content).hexdigest(), display_name(name))


@dataclass(frozen=True, eq=False)
class _Kept(Generic[Decoded]):
    value: Decoded
    nbytes: int


class Files(Generic[Decoded]):
    """The clips, or the sounds, of one server, with decoded parts.  Shared by its threads."""

    def __init__(self, samples: dict[str, Path], limits: Limits, megabytes: int):
        self.samples, self.limits = samples, limits
        self._own: WeakValueDictionary[str, File] = WeakValueDictionary()
        self._decoded, self._turn = Shelf(megabytes=megabytes), threading.Lock()
        self._sample = cache(lambda name: File.of(samples[name].read_bytes(), samples[name].name))

    def named(self, name: str) -> File:
        """Return a sample by name, or an uploaded file by digest.  Raises KeyError if there is none."""
        return self._sample(name) if name in self.samples else self._own[name]

    def hold(self, file: File) -> None:
        """Let ``named`` find ``file`` for as long as its session keeps it."""
        self._own[file.digest] = file

    def decoded(
        self, file: File, part: Hashable, decode: Callable[[Worker], Decoded], nbytes: Callable[[Decoded], int]
    ) -> Decoded:
        """Return ``part`` of ``file``, from the cache or by ``decode`` in a worker process.

        Raises BadMedia, naming the file, and Busy while memory is short.
        """
        key = (file.digest, part)
        known = self._decoded.get(key)
        if known is None:
            with self._turn:
                known = self._decoded.get(key) or self._decode(file, decode, nbytes)
                self._decoded.put(key, known)
        return known.value

    def _decode(self, file: File, decode: Callable[[Worker], Decoded], nbytes: Callable[[Decoded], int]) -> _Kept:
        try:
            with room_for(DECODER_BYTES):
                value = decode(self._worker)
        except BadMedia as reason:
            raise BadMedia(f"“{file.name}” was not taken. {reason}") from None
        return _Kept(value, nbytes(value))

    @cached_property
    def _worker(self) -> Worker:
        worker = Worker(self.limits)
        atexit.register(worker.close)
        return worker
