"""The memory limit of this process: refuse new work before the system kills it."""

import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psutil

__all__ = ["Busy", "ceiling", "resident", "room_for", "short_of_memory"]

SHARE = 0.8
_coming: dict[object, int] = {}
"""bytes of what is on its way, by the block that makes it"""
_lock = threading.Lock()
MEGABYTES = re.compile("0*[1-9][0-9]{0,9}")
"""a value of TOME_EXPLORER_MEMORY"""
CGROUP = Path("/sys/fs/cgroup/memory.max")


class Busy(RuntimeError):
    """The server has no room for more work; the message is for the user."""


def resident() -> int:
    """Return the resident memory of this process in bytes."""
    return int(psutil.Process().memory_info().rss)


@cache
def ceiling() -> int:
    """Return the limit for new work in bytes: TOME_EXPLORER_MEMORY in MB, else a share of the system's limit."""
    if asked := os.environ.get("TOME_EXPLORER_MEMORY"):
        if not MEGABYTES.fullmatch(asked):
            raise ValueError(f"TOME_EXPLORER_MEMORY must be a whole number of MB from 1; got {asked!r}")
        return int(asked) * 2**20
    limits = [psutil.virtual_memory().total]
    if CGROUP.is_file() and (text := CGROUP.read_text().strip()).isdecimal():
        limits.append(int(text))
    return int(SHARE * min(limits))


def short_of_memory(extra: int = 0) -> str:
    """Return the reason to refuse work that takes ``extra`` more bytes, as one sentence; "" if there is room.

    Reserved memory counts as taken, except for work that takes almost none.
    """
    coming = sum(_coming.copy().values()) if extra else 0
    if resident() + coming + extra <= ceiling():
        return ""
    need = f" (this would take {extra / 2**30:.1f} GB)" if extra else ""
    return f"The server is short of memory{need}. Please try again in a few minutes."


@contextmanager
def room_for(extra: int) -> Iterator[None]:
    """Reserve ``extra`` bytes during the block.  Raises Busy before the block if there is no room.

    Memory allocated in the block counts twice until its end: never too little.
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
