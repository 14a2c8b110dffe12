"""What a link asked for and its page cannot show: said once, when it is opened."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from explorer.engine.models import Backbone
from explorer.locale.language import tr
from explorer.shell import cache, cursor
from explorer.shell.link import PARAMETERS, read, write
from explorer.shell.link_pages import PAGES
from explorer.shell.session import session
from explorer.shell.state import whole_link
from explorer.shell.text import literal

__all__ = ["say"]

VIEWER = ("layer", "fill")
WITHOUT_VIEWER = ("read", "speed", "training")
LESSON = ("edges", "why", "points", "method", "join", "rounds")
"""parameters without a meaning for the reader: the state of a playground"""
ELSEWHERE = {"model": "timm"}
"""parameter → another one that may have taken its value"""
SECONDS = 20
LONGEST = 24
"""letters shown of a value from a link"""


def say() -> None:
    """Tell the reader, once, which values of the link that opened the app the page shows otherwise.

    For the end of a page's run: before any call that stops it, and after its controls.  The layer waits for its model.
    """
    now = session()
    asked, now.asked = now.asked, {}
    if "layer" in asked and read("layer", asked["layer"]) != cursor.current()["layer"]:
        del asked["layer"]  # the reader has chosen another one since
    if not _limit_layer(now.page or "") and "layer" in asked:
        now.asked = {"layer": asked.pop("layer")}
    found = _corrections(asked, now.page or "")
    if found:
        before = ", ".join(f"{name} = {_short(asked[name])}" for name in found)
        shown = ", ".join(f"{name} = {_short(write(value)) or '–'}" for name, value in found.items())
        st.toast(
            tr("The link asked for {asked}. Shown here: {shown}.", asked=literal(before), shown=literal(shown)),
            icon=":material/link:",
            duration=SECONDS,
        )


def _corrections(asked: Mapping[str, str], page: str) -> dict[str, Any]:
    """Return the page's own parameters that ``asked`` gives another value than the page: name → the page's."""
    shown, names = whole_link(), [*PAGES[page], *(() if page in WITHOUT_VIEWER else VIEWER)]
    found = {}
    for name in asked:
        if name in names and name not in LESSON:
            wanted, now = _wanted(name, asked[name]), read(name, shown.get(name))
            if wanted != now and wanted != shown.get(ELSEWHERE.get(name, "")):
                found[name] = now
    return found


def _wanted(name: str, text: str) -> Any:
    """Return what ``text`` asks for; the text itself if it is odd."""
    try:
        value = PARAMETERS[name].read(text)
    except (ValueError, KeyError):
        return text
    return value if PARAMETERS[name].allows(value) else text


def _limit_layer(page: str) -> bool:
    """Limit the layer to those of the image model; return False if that is not loaded.  The viewers limit it themselves."""
    place, choices = cursor.current(), session().choices
    if choices is None or page in WITHOUT_VIEWER:
        return True
    loading = cache.engine().known(choices.model)
    if loading is None or not isinstance(loading.backbone, Backbone):
        return False
    if place["layer"] is not None:
        place["layer"] = min(place["layer"], len(loading.backbone.model.blocks))
    return True


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"
