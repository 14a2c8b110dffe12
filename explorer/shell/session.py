"""The state of a session beside its widgets."""

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

__all__ = ["Session", "link", "session"]


@dataclass(eq=False)
class Session:
    """State of one browser tab.  Changed only by this session's scripts, one of which runs at a time."""

    client: str = field(default_factory=lambda: uuid.uuid4().hex)
    """name of the session in tasks; not Streamlit's id, which is a credential for joining the session"""

    language: str = "en"
    """language of the page's last run, for fragments"""

    # The link
    address: dict[str, str] | None = None
    """the link in the browser, as far as the server knows"""
    sent: bool = True
    """whether the browser was given this link"""
    asked: dict[str, str] = field(default_factory=dict)
    """what is still to be checked of the link that opened the app"""
    page: str | None = None
    arriving: bool = False
    """whether this run follows a click on the page's tab"""
    arrival: int = 0
    """time of the last such arrival, in milliseconds since 1970"""
    linked: set[str] = field(default_factory=set)
    """names of the controls set from the link"""
    placed: set[str] = field(default_factory=set)
    """names of the controls that this page has drawn"""
    followed: int = 0
    """how often the link has overruled the controls"""
    chosen: dict[str, int] = field(default_factory=dict)
    """how often a control was set by something else, by name"""
    revision: int = 0
    """how often the link has overruled the cursor"""

    # The viewer
    cursor: dict[str, Any] | None = None
    openings: dict[str, tuple[str, dict[str, Any], dict[str, Any]]] = field(default_factory=dict)
    """of each viewer on the page: its subject, the cursor that it opened with, and where that has gone since"""
    left: dict[str | None, dict[str, Any]] = field(default_factory=dict)
    """the cursor's parts of each kind of sample that has been left; None for photos"""
    rates: dict[str, dict[str, Any]] = field(default_factory=dict)
    """r and decreasing of pages with their own r"""
    drawn: tuple[int, bool] | None = None
    """r and decreasing of the page's last run"""
    finished: str = ""
    """panels that the viewer last reported"""
    complete: str = ""
    """panels of the page's last run"""
    panels: dict[str, Any] = field(default_factory=dict)
    """the last selection of each page that fitted"""
    reference: str | None = None
    """the reference panel chosen by the reader"""
    lesson: str | None = None
    """subject of the last lesson"""
    stop: int | None = None
    """the article's stop that last set the cursor"""
    before_article: dict[str, Any] | None = None
    """the cursor of the other pages, while the article is open"""
    stops: tuple[int, ...] = ()
    """the article's stops whose pictures were drawn last"""
    leaps: int = 0
    """how often a stop was chosen instead of scrolled to"""

    # The page
    model: str | None = None
    """the last model chosen from the list"""
    unnamed: str | None = None
    """the model that is shown until the reader names another one"""
    choices: "Choices | None" = None
    shown: "Query | None" = None
    """last query of Layers"""
    own_photo: "Picture | None" = None
    own_beside: "Picture | None" = None
    """own photo beside another one on Layers"""
    reopened: "Origin | None" = None
    """origin of a dropped export"""
    own_shown: bool = True
    """whether an own photo, if there is one, takes precedence over the sample"""
    clip_shown: "Query | None" = None
    """last query of Video"""
    heard: "Record | None" = None
    """last record of Sound"""
    own_files: "dict[str, File | OwnText]" = field(default_factory=dict)
    """own clip, sound and text, by kind"""
    own_from: dict[str, str] = field(default_factory=dict)
    """by kind: the part of the sidebar that the shown file came by; "" for a sample"""
    refused_files: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """by kind, for the last refused file: its part of the sidebar, the reason and the icon"""
    refusals: dict[str, int] = field(default_factory=dict)
    """number of refused files, by kind"""
    painted: bool = False
    """whether a page was sent before the engine started"""
    polled: bool = False
    """whether its browser has polled since"""
    measurements: "dict[str, Measurement]" = field(default_factory=dict)
    course: "tuple[tuple, Course] | None" = None
    """the choices of a training that can continue, and the training"""
    refused: tuple[tuple, str] = ((), "")
    """own files that are not photos, and the reason"""


def session() -> Session:
    """Return the state of this session."""
    if "session" not in st.session_state:
        st.session_state["session"] = Session()
    return st.session_state["session"]


def link() -> dict[str, str]:
    """Return the link in the browser, as far as the server knows; the viewer updates its cursor there by itself.

    The link sent with a run may be older if the reader was faster than the response.
    """
    if session().address is None:
        session().address = st.query_params.to_dict()
    return session().address
