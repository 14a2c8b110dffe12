"""The browser's back and forward buttons, which Streamlit does not follow within a page."""

import streamlit as st

from explorer.ui.state import follow_link
from explorer.viewer import script

__all__ = ["watch"]

_link = st.components.v2.component("tome_link", js=script("link", ()))


def watch(page: str) -> None:
    """Follow the link when the reader goes back or forward within ``page``, the last part of its address."""
    _link(key="link", data={"page": page}, on_moved_change=follow_link, height=1)
