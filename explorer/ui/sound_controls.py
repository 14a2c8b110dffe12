"""The sidebar of the page Sound.  Every choice is part of the link, under names of its own."""

import streamlit as st

from explorer.core import sounds
from explorer.core.files import File
from explorer.records.query import Query
from explorer.ui.media_controls import merging, own, sample, shown_file

__all__ = ["ALGORITHMS", "MOST_R", "sidebar"]

MOST_R = 375
"""of 1,500 tokens in each of four layers; 375 leaves 188, since no layer merges more than half"""
LABELS = {"jfk": "Kennedy, 1961", "directory": "Telephone voice"}
ALGORITHMS = {
    "bipartite": "Bipartite soft matching",
    "adjacent_merge": "Adjacent merging",
    "tofu": "ToFu",
    "random_merge": "Random merging",
    "random_prune": "Random pruning",
}


def sidebar() -> Query:
    """Draw the controls and return what they ask for.  A bad file is refused in one sentence; what was shown stays."""
    with st.sidebar:
        chosen = sample("sound", LABELS)
        digest = shown_file("sound", sounds.FILES, _own(), sounds.waveform, ":material/volume_off:")
        return Query(sound=digest or chosen, **merging("sound", ALGORITHMS, MOST_R))


def _own() -> File | None:
    """Draw the two ways to give a sound, and return the one that is to be heard."""
    limits = sounds.FILES.limits
    uploaded = own(
        "sound",
        st.file_uploader,
        "Upload a sound",
        type=list(sounds.FORMATS),
        max_upload_size=limits.content >> 20,
        help=f"English speech, at most {limits.content >> 20} MB; Whisper hears the first {sounds.LONGEST} s. It stays in "
        "this server's memory for your session; nothing is stored or sent elsewhere.",
    )
    recorded = own("sound", st.audio_input, "Speak a sentence", sample_rate=16000)
    if uploaded is not None:
        return File.of(uploaded.getvalue(), uploaded.name)
    return None if recorded is None else File.of(recorded.getvalue(), "my voice")
