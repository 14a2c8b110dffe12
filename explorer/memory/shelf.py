"""Finished results of all sessions."""

import threading
from collections.abc import Hashable
from typing import Any

from cachetools import LRUCache

__all__ = ["Shelf"]


class Shelf:
    """A thread-safe LRU cache, bounded in bytes.  Results have ``nbytes``."""

    def __init__(self, megabytes: int):
        self._items = LRUCache(megabytes * 2**20, getsizeof=lambda result: result.nbytes)
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any | None:
        with self._lock:
            return self._items.get(key)

    def put(self, key: Hashable, result: Any) -> None:
        """Store ``result``, unless it is larger than the cache."""
        with self._lock:
            if result.nbytes <= self._items.maxsize:
                self._items[key] = result
