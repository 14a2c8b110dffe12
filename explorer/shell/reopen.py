"""Reopen the view of an exported file that is dropped on the app."""

from urllib.parse import parse_qsl

import streamlit as st

from explorer.locale.language import in_row, tr
from explorer.records.schema import Origin
from explorer.shell import state
from explorer.shell.language_choice import in_link
from explorer.shell.link import PARAMETERS, written
from explorer.shell.link_pages import PAGES, elsewhere
from explorer.shell.session import session
from explorer.shell.text import literal

__all__ = ["KINDS", "reopen", "say"]

KINDS = ["svg", "html", "json"]
"""suffixes of exported files other than pictures"""
COMMON = ("lang", "glossary", "hide", "lock")
"""parameters of the reader's app rather than of a view"""


def reopen(content: bytes) -> Origin | None:
    """Open the view recorded in an exported file, if this page shows it; return its origin.

    For callbacks, which run before the page.  None for other files.
    """
    from explorer.export.origin import origin_of_file  # brings reportlab, which the first page does without

    told = origin_of_file(content)
    if told is not None and _page(told) == session().page:
        state.go(_view(told), _kept(told))
    return told


def _view(told: Origin) -> dict[str, str]:
    """Return the parameters of the view; language and a lesson's locks are not part of it."""
    query = parse_qsl(told.link.partition("?")[2])
    return {name: text for name, text in query if name in PARAMETERS and name not in COMMON}


def _kept(told: Origin) -> list[str]:
    """Return the parameters of which the file does not speak: those of other pages, unless its link names them."""
    named = _view(told)
    return [name for name in (*elsewhere(_page(told) or ""), *COMMON) if name not in named]


def say(told: Origin) -> None:
    """Report the opened view, or what it lacks."""
    name = literal(told.name)
    if _page(told) not in PAGES:
        st.info(
            tr(
                "No page can show “{name}”, from which this file was made. Its settings: {settings}.",
                name=name,
                settings=_settings(told),
            )
        )
    elif _page(told) != session().page:
        _say_where(told, name)
    elif told.own:
        st.info(
            tr(
                "This file was made from “{name}”, somebody's own file, which it does not contain. Upload that file, "
                "too; the settings are already in place.",
                name=name,
            )
        )
    else:
        st.caption(
            tr(
                "The view of this file, “{name}”, is open. It was made by {software}.",
                name=name,
                software=literal(told.software),
            )
        )


def _say_where(told: Origin, name: str) -> None:
    """Say that another page shows it, with the way there."""
    own = tr("It was made from somebody's own file, which it does not contain: upload that file there, too.")
    where = tr("This file holds a view of “{name}” from another page of this app, where it can be opened.", name=name)
    st.info(in_row([where, own if told.own else ""]))
    opened = st.button(tr("Open its view"), icon=":material/arrow_forward:", on_click=state.forget, args=(_kept(told),))
    if opened:
        query = _view(told) | written({"lang": in_link()})
        st.switch_page(f"_pages/{_page(told) or 'layers'}.py", query_params=query)


def _page(told: Origin) -> str | None:
    return told.link.partition("?")[0] if told.link else None


def _settings(told: Origin) -> str:
    return literal("; ".join(f"{name} {value}" for name, value in told.settings))
