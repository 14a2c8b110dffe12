"""All that a session remembers beside its widgets."""

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import streamlit as st

if TYPE_CHECKING:
    from explorer.media.files import File
    from explorer.media.images import Picture
    from explorer.media.texts import OwnText
    from explorer.records.query import Query
    from explorer.records.schema import Origin, Record
    from explorer.shell.controls import Choices
    from explorer.shell.measuring import Measurement
    from explorer.training.courses import Course

__all__ = ["Session", "session"]


@dataclass(eq=False)
class Session:
    """One reader's tab.  Only scripts of this session change it, and of those one runs at a time."""

    client: str = field(default_factory=lambda: uuid.uuid4().hex)
    """names the session's tasks; not Streamlit's own id, which would let its finder join the session"""

    language: str = "en"
    """of the last run of the page; fragments go on in it"""

    # The link
    address: dict[str, str] | None = None
    """what the browser's link holds, as far as the server knows"""
    page: str | None = None
    arriving: bool = False
    """whether the reader has come to this page by its tab, in this run"""
    arrival: int = 0
    """milliseconds since 1970 of the last such arrival"""
    linked: set[str] = field(default_factory=set)
    """keys of the widgets that have their value from the link"""
    revision: int = 0
    """of the cursor: counts how often the link has overruled it"""

    # The viewer
    cursor: dict[str, Any] | None = None
    openings: dict[str, tuple[str, dict[str, Any]]] = field(default_factory=dict)
    """the cursor with which each viewer of the page was opened, and for what"""
    rates: dict[str, dict[str, Any]] = field(default_factory=dict)
    """r and decreasing of the pages that have their own"""
    drawn: tuple[int, bool] | None = None
    """r and decreasing that the page was drawn under"""
    finished: str = ""
    """the panels that the viewer has last said to have"""
    complete: str = ""
    """the panels that the page was last drawn with"""
    reference: str | None = None
    """the panel that the others are compared with, as the reader chose"""
    lesson: str | None = None
    """what the lesson was last about"""
    stop: int | None = None
    """of the article, at which the cursor was put last"""
    stops: tuple[int, ...] = ()
    """of the article, whose pictures were drawn last"""
    leaps: int = 0
    """how often a stop was chosen, not scrolled to"""

    # The page
    choices: "Choices | None" = None
    shown: "Query | None" = None
    """what Layers showed last"""
    own_photo: "Picture | None" = None
    reopened: "Origin | None" = None
    """what a file of ours that was dropped says of itself"""
    own_shown: bool = True
    """whether the reader's own photo is shown where there is one, and not the sample"""
    clip_shown: "Query | None" = None
    """what Video showed last"""
    heard: "Record | None" = None
    """what Sound showed last"""
    own_files: "dict[str, File | OwnText]" = field(default_factory=dict)
    """the reader's own clip, sound and text, by kind"""
    own_from: dict[str, str] = field(default_factory=dict)
    """key of the widget that the clip or the sound which is shown came from, "" for a sample"""
    refused_files: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """by kind: the part of the sidebar that the last refused clip or sound came by, why it was refused, and its icon"""
    refusals: dict[str, int] = field(default_factory=dict)
    """how many were, by kind"""
    painted: bool = False
    """whether a page has gone out before the engine was started"""
    polled: bool = False
    """whether its browser has asked again"""
    measurements: "dict[str, Measurement]" = field(default_factory=dict)
    course: "tuple[tuple, Course] | None" = None
    """the training that can be gone on with, and its choices"""
    refused: tuple[tuple, str] = ((), "")
    """files of the reader's that are no photos, and why"""


def session() -> Session:
    """Return what this session remembers."""
    return st.session_state.setdefault("session", Session())
