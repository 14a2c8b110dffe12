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
                "This file was made from “{name}”, somebody's own file, which it does not contain. Upload that file, "
                "too; the settings are already in place.",
                name=name,
            )
        )
    elif not told.link:
        st.info(
            tr(
                "No page can show “{name}”, from which this file was made. Its settings: {settings}.",
                name=name,
                settings=_settings(told),
            )
        )
    elif _page(told) != session().page:
        st.info(tr("This file belongs to another page. Link to its view: {link}", link=literal(told.link)))
    else:
        st.caption(
            tr(
                "The view of this file, “{name}”, is open. It was made by {software}.",
                name=name,
                software=literal(told.software),
            )
        )


def _page(told: Origin) -> str:
    return told.link.partition("?")[0]


def _settings(told: Origin) -> str:
    return literal("; ".join(f"{name} {value}" for name, value in told.settings))
