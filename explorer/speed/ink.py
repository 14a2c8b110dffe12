"""The colour of text in charts."""

import streamlit as st

__all__ = ["ink"]


def ink() -> str:
    """Return the theme's colour of text: Streamlit gives charts a pale grey."""
    return "#e8eaed" if st.context.theme.type == "dark" else "#1d2126"
