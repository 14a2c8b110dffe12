"""Reopen the view of an exported file that is dropped on the app."""

from urllib.parse import parse_qsl

import streamlit as st

from explorer.export.origin import origin_of_file
from explorer.locale.language import tr
from explorer.records.schema import Origin
from explorer.shell import state
from explorer.shell.session import session
from explorer.shell.text import literal

__all__ = ["KINDS", "reopen", "say"]

KINDS = ["svg", "html", "json"]
"""suffixes of exported files other than pictures"""


def reopen(content: bytes) -> Origin | None:
    """Open the view recorded in an exported file, if this page shows it; return its origin.

    For callbacks, which run before the page.  None for other files.
    """
    told = origin_of_file(content)
    if told is not None and _page(told) == session().page:
        state.go(dict(parse_qsl(told.link.partition("?")[2])))
    return told


def say(told: Origin) -> None:
    """Report the opened view, or what it lacks."""
    name = literal(told.name)
    if told.own:
        st.info(
            tr(
                "This file was made of “{name}”, a file of somebody's own, which is not in it. Upload that file, "
                "too: the settings are here already.",
                name=name,
            )
        )
    elif not told.link:
        st.info(
            tr(
                "No page shows what this file was made of, “{name}”. Its settings: {settings}.",
                name=name,
                settings=_settings(told),
            )
        )
    elif _page(told) != session().page:
        st.info(tr("This file is of another page. The link of its view: {link}", link=literal(told.link)))
    else:
        st.caption(
            tr(
                "The view of this file, “{name}”, is open. {software} made it.",
                name=name,
                software=literal(told.software),
            )
        )


def _page(told: Origin) -> str:
    return told.link.partition("?")[0]


def _settings(told: Origin) -> str:
    return literal("; ".join(f"{name} {value}" for name, value in told.settings))
