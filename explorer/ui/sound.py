"""The page Sound: one sound under the viewer's r, and Whisper's words, plain and merged."""

import streamlit as st

from explorer.core.packaged import WHISPER
from explorer.records.errors import BadQuery
from explorer.records.service import service
from explorer.ui import run, sound_controls, sound_figures, stage, viewer
from explorer.ui.media_controls import rate
from explorer.ui.text import literal

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    query = sound_controls.sidebar()
    st.title("How many tokens can go before a word does?")
    st.markdown(
        "Whisper hears 30 seconds as 1,500 tokens of 20 ms each. In every layer of its encoder the *r* most similar pairs "
        "merge; the decoder then writes down what is left. Turn *r* up, and see which words change."
    )
    voice = stage.model(WHISPER)
    if voice is None:
        return
    try:
        source = service().source(query)
    except BadQuery as reason:
        st.error(literal(f"{reason.parameter} {reason.rule}."), icon=":material/volume_off:")
        return
    picture, beside = st.columns([3, 1], gap="large")
    with picture:
        words = st.container()  # over the picture, so that words and r are in sight together
        viewer.follow(query, sound_controls.MOST_R, rate=rate("sound"))
    with beside:
        record = run.record(source, query.config)
        sound_figures.figures(record)
    with words:
        sound_figures.transcripts(record)
    sound_figures.limit(source)
    sound_figures.paper()
