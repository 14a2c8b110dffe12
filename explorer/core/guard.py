"""How much memory this process may take, so that new work is refused before the machine ends it."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

from explorer.core.runs import Busy

__all__ = ["ceiling", "resident", "room_for", "short_of_memory"]

SHARE = 0.8
_coming: dict[object, int] = {}
"""bytes of what is on its way, by the block that makes it"""
_lock = threading.Lock()
CGROUP = Path("/sys/fs/cgroup/memory.max")


def resident() -> int:
    """Bytes this process holds in memory now."""
    return int(psutil.Process().memory_info().rss)


@cache
def ceiling() -> int:
    """Bytes above which nothing new is begun: TOME_EXPLORER_MEMORY in MB, else a share of what the system allows."""
    if asked := os.environ.get("TOME_EXPLORER_MEMORY"):
        if not asked.isdecimal():
            raise ValueError(f"TOME_EXPLORER_MEMORY must be a whole number of MB, got {asked!r}")
        return int(asked) * 2**20
    limits = [psutil.virtual_memory().total]
    if CGROUP.is_file() and (text := CGROUP.read_text().strip()).isdecimal():
        limits.append(int(text))
    return int(SHARE * min(limits))


def short_of_memory(extra: int = 0) -> str:
    """Return why work that takes ``extra`` more bytes is not begun now, as one sentence; "" if there is room.

    What is on its way counts as taken, but not for work that takes next to nothing.
    """
    coming = sum(_coming.copy().values()) if extra else 0
    if resident() + coming + extra <= ceiling():
        return ""
    need = f" (this would take {extra / 2**30:.1f} GB)" if extra else ""
    return f"The server is short of memory{need}. Please try again in a few minutes."


@contextmanager
def room_for(extra: int) -> Iterator[None]:
    """Count ``extra`` bytes as taken while the block makes them.  Raises Busy, and does not begin it, without room.

    What is made already counts twice until the block ends: never too little.
    """
    claim = object()
    with _lock:
        if short := short_of_memory(extra):
            raise Busy(short)
        _coming[claim] = extra
    try:
        yield
    finally:
        del _coming[claim]
