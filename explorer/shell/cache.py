"""Every cache of the app: bounded, keyed on the digest of a file's bytes plus parameters, never on pixels."""

import streamlit as st

from explorer.engine.engine import Engine
from explorer.media.images import Picture, load
from explorer.media.photos import samples
from explorer.media.views import View
from explorer.records import build
from explorer.records.service import service

__all__ = ["engine", "picture", "portrait", "samples"]


def engine() -> Engine:
    """Return the one engine of this server."""
    return service().engine


@st.cache_data(max_entries=24, max_size="128MB", show_spinner=False)
def picture(content: bytes, name: str) -> Picture:
    """Return a photo through the image gate.  Streamlit hashes ``bytes`` in full.  Raises BadImage, which is not kept."""
    return load(content, name)


@st.cache_data(max_entries=64, max_size="32MB", show_spinner=False)
def portrait(digest: str, name: str, view: View, _picture: Picture) -> build.Json:
    """Return the fields of a record that depend on the photo alone: on its file, with this digest, and its name."""
    return build.photo_part(_picture, view)
