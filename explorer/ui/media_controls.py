"""What the sidebars of Video, Sound and Text have in common."""

from collections.abc import Callable
from typing import Any

import streamlit as st

from explorer.core.files import File, Files
from explorer.ui import state
from explorer.ui.session import session
from explorer.ui.state import from_link, show_link, to_link
from explorer.ui.text import literal
from tome.media.kinds import BadMedia

__all__ = ["merging", "rate", "sample", "show_from", "shown_file"]


def sample(kind: str, labels: dict[str, str]) -> str:
    """Draw the choice among the samples; choosing one shows it in place of the reader's own."""
    chosen = st.pills(
        kind.title(), labels, key=from_link(kind, labels), required=True, format_func=labels.get,
        on_change=show_from, args=(kind, ""),
    )  # fmt: skip
    chosen = chosen or next(iter(labels))
    to_link(**{kind: chosen})
    return chosen


def merging(kind: str, algorithms: dict[str, str], most_r: int) -> dict[str, Any]:
    """Draw the choice of an algorithm; return it, with the r of the page's viewer, as fields of a Query."""
    algorithm = st.selectbox(
        "Algorithm",
        list(algorithms),
        key=from_link(f"{kind}_algorithm", algorithms),
        format_func=algorithms.get,
    )
    own = rate(kind)
    own["r"] = min(own["r"], most_r)  # of a smaller sample there is less to merge
    state.draw_rate(own)
    to_link(**{f"{kind}_algorithm": algorithm, f"{kind}_r": own["r"], f"{kind}_decreasing": own["decreasing"]})
    show_link()
    fields = {} if algorithm == "bipartite" else {"algorithm": algorithm}
    return fields | {"r": (own["r"], -1.0) if own["decreasing"] else own["r"]}


def rate(kind: str) -> dict[str, Any]:
    """Return r and its schedule of the pages about this kind, as the reader has them."""
    return state.own_rate(kind)


def shown_file(kind: str, files: Files, file: File | None, decode: Callable[[File], Any], icon: str) -> str:
    """Keep the reader's own ``file`` and return its digest; "" where there is none.

    One that cannot be decoded is refused in a sentence, and the one before stays.
    """
    kept = session().own_files
    if file is None:
        kept.pop(kind, None)
        return ""
    try:
        decoded = decode(file)
    except (BadMedia, ImportError) as reason:
        st.error(literal(str(reason)), icon=icon)
        return kept[kind].digest if kind in kept else ""
    st.text(f"Showing {file.name}, {decoded.duration:.1f} s. {decoded.note}".strip())
    st.caption(f"A link cannot hold your {kind}; it opens the sample that is marked above.")
    kept[kind] = file
    files.hold(file)
    return file.digest


def show_from(kind: str, source: str) -> None:
    """Note where what is shown comes from: "file", "microphone", or "" for a sample."""
    session().own_from[kind] = source
