"""The page Sound: one sound under the viewer's r, and Whisper's words, plain and merged."""

import streamlit as st

from explorer.engine.packaged import WHISPER
from explorer.export.offered import MOST_SOUND_R, SOUND_ALGORITHMS, most_sound_r
from explorer.locale.language import mark, tr
from explorer.records.query import Query
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.records.sound_classes import ClassSource
from explorer.records.sounds import SoundSource
from explorer.shell import run, stage
from explorer.shell.cursor import own_rate
from explorer.shell.figures import classes
from explorer.shell.session import session
from explorer.shell.too_much import too_much
from explorer.sound import controls, figures, limit
from explorer.viewer import component

__all__ = ["page"]

MUCH = mark(
    "This r is large: {r} in {layers} layers asks for all {tokens} tokens of the sound or more. No layer merges "
    "more than half of what is left, so the words rest on few tokens."
)
NARROW = """<style>
@media (max-width: 640px) {
  .st-key-heard > :has(.st-key-heard_words), .st-key-heard > .st-key-heard_words {order: 1}
  .st-key-heard h2 {padding-top: 0}
}
</style>"""


def page() -> None:
    """Draw the page."""
    query = controls.sidebar()
    _head(query.model == "embedded")
    voice = stage.model(WHISPER if query.model == "embedded" else query.model)
    if voice is None:
        return
    source = stage.media_source(query, ":material/volume_off:")
    if source is None:
        return
    if isinstance(source, ClassSource):
        _classes(query, source)
    else:
        _words(query, source)
    figures.paper()


def _head(of_words: bool) -> None:
    if not of_words:
        st.title(tr("Which sounds does the model still hear?"))
        st.markdown(tr("It scores the classes of a spectrogram, whose patches are its tokens; it writes no words."))
        return
    st.title(tr("How many tokens can go before a word does?"))
    st.markdown(
        tr(
            "Each layer of Whisper's encoder merges *r* pairs of its 1,500 tokens of 20 ms, at most half. Turn *r* up: which words change? "
            "The decreasing schedule merges 2*r* in the first layer, falling to 0 in the last."
        )
    )


def _classes(query: Query, source: ClassSource) -> None:
    component.follow(query, most_sound_r(query.model), rate=own_rate("sound"))
    record = run.record(source, query.config)
    figures.class_figures(record)
    too_much("sound", record, query.config.r, MUCH)
    classes(record)


def _words(query: Query, source: SoundSource) -> None:
    st.html(NARROW)
    with st.container(key="heard"):
        record = _heard(query, source)
    figures.figures(record)
    too_much("sound", record, query.config.r, MUCH)
    figures.ways(source, query.config, SOUND_ALGORITHMS)
    limit.draw(query, source, own_rate("sound")["decreasing"])


def _heard(query: Query, source: SoundSource) -> Record:
    """Draw words and viewer, the words above, or below it on narrow screens: words and r are in view together."""
    words = st.container(key="heard_words").empty()
    if service().known(source, query.config) is None:
        with words.container():
            figures.listening(session().heard, query.config)
    component.follow(query, MOST_SOUND_R, rate=own_rate("sound"))
    record = session().heard = run.record(source, query.config)
    with words.container():
        figures.transcripts(record)
    return record
