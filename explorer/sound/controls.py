"""The sidebar of the page Sound.  Every choice is part of the link, with its own parameters."""

import streamlit as st

from explorer.engine.media_models import SOUNDS
from explorer.export.offered import SOUND_ALGORITHMS, most_sound_r
from explorer.locale.language import mark, tr
from explorer.media import sounds
from explorer.media.files import File
from explorer.records.query import Query
from explorer.shell.media_controls import media_model, merging, own, own_shown, sample, shown_file
from explorer.shell.upload import upload

__all__ = ["sidebar"]

LABELS = {"jfk": mark("Kennedy, 1961"), "directory": mark("Telephone voice")}


def sidebar() -> Query:
    """Draw the controls and return their query.  A bad file is refused with one sentence, and the sound shown stays."""
    with st.sidebar:
        chosen = sample("sound", LABELS, own_shown("sound"))
        digest = shown_file("sound", sounds.FILES, _own(), sounds.waveform, ":material/volume_off:")
        rates = st.container()
        model = media_model("sound", {"embedded": "Whisper tiny.en"}, SOUNDS)
        with rates:
            merged = merging("sound", SOUND_ALGORITHMS, most_sound_r(model))
    return Query(sound=digest or chosen, model=model, **merged)


def _own() -> File | None:
    """Draw upload and recording, and return the newer sound."""
    limits = sounds.FILES.limits
    uploaded = own(
        "sound",
        "upload",
        upload,
        tr("Upload a sound"),
        rule=tr("At most {size} MB: save a larger sound as MP3, or cut it.", size=limits.content >> 20),
        type=list(sounds.FORMATS),
        help=tr(
            "English speech; Whisper hears the first {longest} s. It stays in this server's memory for your session; nothing is "
            "stored or sent elsewhere.",
            longest=sounds.LONGEST,
        ),
    )
    recorded = own("sound", "microphone", st.audio_input, tr("Speak a sentence"), sample_rate=16000)
    if uploaded is not None:
        return File.of(uploaded.getvalue(), uploaded.name)
    return None if recorded is None else File.of(recorded.getvalue(), tr("my voice"))
