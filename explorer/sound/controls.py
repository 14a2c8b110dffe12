"""The sidebar of the page Sound.  Every choice is part of the link, with its own parameters."""

import streamlit as st

from explorer.engine.media_models import SOUNDS
from explorer.locale.language import mark, tr
from explorer.media import sounds
from explorer.media.files import File
from explorer.records.query import Query
from explorer.shell.media_controls import media_model, merging, own, own_shown, sample, shown_file
from explorer.shell.upload import upload

__all__ = ["ALGORITHMS", "MOST_R", "most_r", "sidebar"]

MOST_CLASSES_R = 40
"""for AudioMAE's 512 patches in twelve layers: the largest r in the paper"""
MOST_R = 375
"""for 1,500 tokens in four layers: 375 leaves 188, since no layer merges more than half"""
LABELS = {"jfk": mark("Kennedy, 1961"), "directory": mark("Telephone voice")}
ALGORITHMS = {
    "bipartite": mark("Bipartite soft matching"),
    "adjacent_merge": mark("Adjacent merging"),
    "tofu": "ToFu",
    "random_merge": mark("Random merging"),
    "random_prune": mark("Random pruning"),
}


def sidebar() -> Query:
    """Draw the controls and return their query.  A bad file is refused with one sentence, and the sound shown stays."""
    with st.sidebar:
        chosen = sample("sound", LABELS, own_shown("sound"))
        digest = shown_file("sound", sounds.FILES, _own(), sounds.waveform, ":material/volume_off:")
        rates = st.container()
        model = media_model("sound", {"embedded": "Whisper tiny.en"}, SOUNDS)
        with rates:
            merged = merging("sound", ALGORITHMS, most_r(model))
    return Query(sound=digest or chosen, model=model, **merged)


def most_r(model: str) -> int:
    """Return the largest r that the slider offers."""
    return MOST_R if model == "embedded" else MOST_CLASSES_R


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
