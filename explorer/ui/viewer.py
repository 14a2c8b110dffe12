"""The viewer as a Streamlit component."""

import streamlit as st

from explorer.core.story import Story
from explorer.ui import state
from explorer.viewer import css, script

__all__ = ["show"]

_viewer = st.components.v2.component("tome_viewer", js=script("streamlit"), css=css())


@st.fragment  # what the viewer tells reruns this function, not the page
def show(panels: list[Story], identity: str, titles: list[str] | None = None, key: str = "viewer") -> None:
    """Draw stories on one layer cursor.  ``identity`` is equal for equal stories only."""
    start = state.initial_view(identity)
    _viewer(
        key=key,
        data={"panels": panels, "titles": titles or [], "revision": "link", **start},
        default={name: start[name] for name in state.VIEW},
        **{f"on_{name}_change": _keep(key, name) for name in state.VIEW},
    )


def _keep(key: str, name: str):
    def keep() -> None:
        state.remember_view(name, st.session_state[key][name])

    return keep
