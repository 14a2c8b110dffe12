"""The page Sound: one sound under the viewer's r, and Whisper's words, plain and merged."""

import streamlit as st

from explorer.core.language import retell, tr
from explorer.core.packaged import WHISPER
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from explorer.records.service import service
from explorer.records.sound_classes import ClassSource
from explorer.records.sounds import SoundSource
from explorer.ui import run, sound_controls, sound_figures, stage, viewer
from explorer.ui.figures import classes
from explorer.ui.media_controls import rate
from explorer.ui.session import session
from explorer.ui.text import literal

__all__ = ["page"]


def page() -> None:
    """Draw the page."""
    query = sound_controls.sidebar()
    _head(query.model == "embedded")
    voice = stage.model(WHISPER if query.model == "embedded" else query.model)
    if voice is None:
        return
    try:
        source = service().source(query)
    except BadQuery as reason:
        st.error(literal(f"{reason.parameter} {retell(reason.rule)}."), icon=":material/volume_off:")
        return
    if isinstance(source, ClassSource):
        _classes(query, source)
    else:
        _words(query, source)
    sound_figures.paper()


def _head(of_words: bool) -> None:
    if not of_words:
        st.title(tr("Which sounds does the model still hear?"))
        st.markdown(tr("It scores the classes of a spectrogram, whose patches are its tokens; it writes no words."))
        return
    st.title(tr("How many tokens can go before a word does?"))
    st.markdown(
        tr(
            "Each layer of Whisper's encoder merges *r* pairs of its 1,500 tokens of 20 ms. Turn *r* up: which words change?"
        )
    )


def _classes(query: Query, source: ClassSource) -> None:
    viewer.follow(query, sound_controls.most_r(query.model), rate=rate("sound"))
    record = run.record(source, query.config)
    sound_figures.class_figures(record)
    classes(record)


def _words(query: Query, source: SoundSource) -> None:
    words = st.empty()  # over the picture, so that words and r are in sight together
    if service().known(source, query.config) is None:
        with words.container():
            sound_figures.listening(session().heard, query.config)
    viewer.follow(query, sound_controls.MOST_R, rate=rate("sound"))
    record = session().heard = run.record(source, query.config)
    with words.container():
        sound_figures.transcripts(record)
    sound_figures.figures(record)
    sound_figures.ways(source, query.config, sound_controls.ALGORITHMS)
    sound_figures.limit(source)
