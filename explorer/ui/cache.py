"""Every cache of the app: bounded, keyed on the digest of a file's bytes plus parameters, never on pixels."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Any

import streamlit as st

from explorer.core import story
from explorer.core.checkpoints import operator_folder
from explorer.core.engine import Engine
from explorer.core.images import Picture, load, sample_pictures
from explorer.core.stored import stored
from explorer.core.story import Story
from explorer.core.views import View

__all__ = ["Shelf", "beginnings", "engine", "outcomes", "picture", "portrait", "samples", "stored_story"]


class Shelf:
    """Finished results of all sessions, least recently used out first, bounded in entries and in bytes."""

    def __init__(self, entries: int, megabytes: int):
        self._entries, self._bytes = entries, megabytes * 2**20
        self._items: OrderedDict[Hashable, tuple[Any, int]] = OrderedDict()
        self._held = 0
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> Any | None:
        with self._lock:
            if key not in self._items:
                return None
            self._items.move_to_end(key)
            return self._items[key][0]

    def put(self, key: Hashable, result: Any, nbytes: int) -> None:
        with self._lock:
            self._drop(key)
            self._items[key] = (result, nbytes)
            self._held += nbytes
            while len(self._items) > self._entries or (self._held > self._bytes and len(self._items) > 1):
                self._drop(next(iter(self._items)))

    def _drop(self, key: Hashable) -> None:
        self._held -= self._items.pop(key, (None, 0))[1]


@st.cache_resource(show_spinner=False)
def engine() -> Engine:
    """The one engine of this server."""
    return Engine(operator_folder())


@st.cache_resource(show_spinner=False)
def outcomes() -> Shelf:
    """Results of forwards: ui.run fills it."""
    return Shelf(entries=128, megabytes=256)


@st.cache_resource(show_spinner=False)
def beginnings() -> Shelf:
    """What runs of one photo have in common whatever r, by model, photo and view: ui.run fills it."""
    return Shelf(entries=16, megabytes=64)


@st.cache_data(max_entries=24, max_size="128MB", show_spinner=False)
def picture(content: bytes, name: str) -> Picture:
    """A photo through the image gate.  Streamlit hashes ``bytes`` in full.  Raises BadImage, which is not kept."""
    return load(content, name)


@st.cache_resource(show_spinner=False)
def samples() -> dict[str, bytes]:
    """The files of the sample photos, by name."""
    return {name: path.read_bytes() for name, path in sample_pictures()}


@st.cache_data(max_entries=64, max_size="32MB", show_spinner=False)
def portrait(digest: str, view: View, _picture: Picture) -> Story:
    """The part of a Story that hangs on the photo alone; ``digest`` is that of the photo's file."""
    return story.portrait(_picture, view)


@st.cache_data(max_entries=1, max_size="8MB", show_spinner=False)
def stored_story() -> Story:
    """What is shown while the engine loads."""
    return stored()
