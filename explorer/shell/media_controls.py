"""Sidebar controls shared by Video, Sound and Text."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.locale.language import mark, named, retell, tr
from explorer.media.files import File, Files
from explorer.media.texts import OwnText
from explorer.shell import cursor, drawn
from explorer.shell.embed import locked
from explorer.shell.keys import taken
from explorer.shell.link import read
from explorer.shell.model_control import own_models
from explorer.shell.session import link, session
from explorer.shell.state import from_link, sample_from_link, show_link, to_link
from explorer.shell.text import literal
from tome.media.kinds import BadMedia

__all__ = ["media_model", "merging", "own", "own_shown", "sample", "shown_file"]

KINDS = {"clip": mark("Clip"), "sound": mark("Sound"), "text": mark("Text")}


def sample(kind: str, labels: dict[str, str], own: bool) -> str:
    """Draw the choice among the samples, none of which is marked while the reader's ``own`` is shown.

    Returns the sample of the link.
    """
    key = sample_from_link(kind, labels, own)
    chosen = st.pills(
        tr(KINDS[kind]), labels, key=key, required=True, format_func=named(labels),
        disabled=locked("sample"), on_change=taken, args=(kind, key, _show_sample, kind),
    )  # fmt: skip
    linked = read(kind, link().get(kind))
    chosen = chosen or (linked if linked in labels else next(iter(labels)))
    to_link(**{kind: chosen})
    return chosen


def own_shown(kind: str) -> bool:
    """Return whether the reader's own file is shown in place of a sample."""
    return bool(session().own_from.get(kind))


def merging(kind: str, algorithms: dict[str, str], most_r: int) -> dict[str, Any]:
    """Draw the choice of an algorithm; return it, with the r of the page's viewer, as fields of a Query."""
    algorithm = st.selectbox(
        tr("Algorithm"),
        list(algorithms),
        key=from_link(f"{kind}_algorithm", algorithms),
        disabled=locked("algorithm"),
        format_func=named(algorithms),
    )
    own = cursor.own_rate(kind)
    own["r"] = min(own["r"], most_r)  # a smaller sample has fewer tokens to merge
    drawn.draw_rate(own)
    to_link(**{f"{kind}_algorithm": algorithm, f"{kind}_r": own["r"], f"{kind}_decreasing": own["decreasing"]})
    show_link()
    fields = {} if algorithm == "bipartite" else {"algorithm": algorithm}
    return fields | {"r": (own["r"], -1.0) if own["decreasing"] else own["r"]}


def media_model(kind: str, first: dict[str, str], more: dict[str, str]) -> str:
    """Draw the choice of a model of this kind, the operator's and the hub's included; return its key."""
    labels = first | more | own_models(kind) | {"hub": mark("Another one from the hub…")}
    title = tr("Kind of model") if kind == "clip" else tr("Model")
    chosen = st.selectbox(
        title, list(labels), key=from_link(f"{kind}_model", labels), format_func=named(labels), disabled=locked("model")
    )
    to_link(**{f"{kind}_model": chosen})
    if chosen != "hub":
        to_link(**{f"{kind}_hub": read(f"{kind}_hub", None)})
        return chosen
    name = st.text_input(
        tr("Its name on the hub"), key=from_link(f"{kind}_hub"), max_chars=100, disabled=locked("model"),
        help=tr("owner/name of a model with a config.json and a model.safetensors. Mind its licence."),
    )  # fmt: skip
    to_link(**{f"{kind}_hub": name})
    return f"hub:{name.strip()}"


def own(kind: str, part: str, widget: Callable[..., Any], label: str, **options: Any) -> Any:
    """Draw a ``widget`` for an own file; return its content if it is the newest.

    ``part`` is its name for a link's hide and lock.

    After a refusal the widget is replaced by an empty one, since the page cannot show the file that it lists.
    """
    key = f"own {kind} {part} {session().refusals.get(kind, 0)}"
    kept = session().own_files.get(kind)
    if isinstance(kept, OwnText):  # Streamlit forgets the widgets of a page that is left
        st.session_state.setdefault(key, kept.typed)
    with st.container(key=part):  # a stable name for CSS: the widget's own key changes
        given = widget(label, key=key, disabled=locked(part), on_change=_take, args=(kind, part, key), **options)
    refused, why, icon = session().refused_files.get(kind, ("", "", ""))
    if refused == part:  # below the widget that took the file
        st.error(literal(retell(why)), icon=icon)
        st.button(tr("Close"), icon=":material/close:", type="tertiary", on_click=_close, args=(kind,))
    if given and session().own_from.get(kind) == "":
        again = tr("Show my own text again") if kind == "text" else tr("Show my own file again")
        st.button(again, key=f"again {key}", disabled=locked(part), on_click=_take, args=(kind, part, key))
    return given if session().own_from.get(kind) == part else None


def _take(kind: str, part: str, key: str) -> None:
    given = st.session_state[key]
    if given.strip() if isinstance(given, str) else given:
        session().own_from[kind] = part
        if isinstance(given, str):  # here, since the reader may leave before the page runs
            session().own_files[kind] = OwnText.of(given)
    else:
        session().own_from[kind] = ""
        session().own_files.pop(kind, None)
    _close(kind)


def _close(kind: str) -> None:
    """Remove the message about a refused file."""
    session().refused_files.pop(kind, None)


def shown_file(kind: str, files: Files, file: File | None, decode: Callable[[File], Any], icon: str) -> str:
    """Keep the reader's own ``file`` and return its digest; "" where a sample is to be shown.

    An undecodable file is refused with one sentence, and the previous one stays.
    """
    now = session()
    kept = now.own_files.get(kind) if now.own_from.get(kind) else None
    if kept is None:
        now.own_files.pop(kind, None)
    shown = file or kept
    try:
        decoded = decode(shown) if shown else None
    except (BadMedia, ImportError) as reason:
        came = now.own_from[kind]
        now.refused_files[kind] = ("upload" if came == _KEPT else came, str(reason), icon)
        now.refusals[kind] = now.refusals.get(kind, 0) + 1
        now.own_from[kind] = _KEPT if kept not in (None, shown) else ""
        st.rerun()
    if shown is None:
        return ""
    now.own_files[kind] = shown
    files.hold(shown)
    st.text(
        tr(
            "Showing {name}, {seconds:.1f} s. {note}",
            name=shown.name,
            seconds=decoded.duration,
            note=retell(decoded.note),
        ).strip()
    )
    st.caption(tr("A link cannot hold your own file, and a reload forgets it: both open a sample."))
    st.button(tr("Show the sample"), disabled=locked("sample"), on_click=_show_sample, args=(kind,))
    return shown.digest


_KEPT = "kept"
"""stands for the file before a refused one, which no widget lists any more"""


def _show_sample(kind: str) -> None:
    session().own_from[kind] = ""
    _close(kind)
