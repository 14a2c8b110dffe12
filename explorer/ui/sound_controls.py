"""The sidebar of the page Sound.  Every choice is part of the link, under names of its own."""

import streamlit as st

from explorer.core import sounds
from explorer.records.schema import Query
from explorer.ui import state
from explorer.ui.session import session
from explorer.ui.state import from_link, show_link, to_link
from explorer.ui.text import literal

__all__ = ["ALGORITHMS", "MOST_R", "rate", "sidebar"]

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
        sound = _sound()
        algorithm = st.selectbox(
            "Algorithm",
            list(ALGORITHMS),
            key=from_link("sound_algorithm", ALGORITHMS),
            format_func=ALGORITHMS.get,
        )
        r = rate()
        r["r"] = min(r["r"], MOST_R)
        state.draw_rate(r)
        to_link(sound_algorithm=algorithm, sound_r=r["r"], sound_decreasing=r["decreasing"])
        show_link()
    own = {} if algorithm == "bipartite" else {"algorithm": algorithm}
    return Query(sound=sound, **own, r=(r["r"], -1.0) if r["decreasing"] else r["r"])


def rate() -> dict:
    """Return r and its schedule as the reader has them."""
    return state.own_rate("sound")


def _sound() -> str:
    chosen = st.pills(
        "Sound", sounds.SAMPLES, key=from_link("sound", sounds.SAMPLES), required=True, format_func=LABELS.get,
        on_change=_show_own, args=("",),
    )  # fmt: skip
    chosen = chosen or "jfk"
    to_link(sound=chosen)
    limits = sounds.LIMITS
    uploaded = st.file_uploader(
        "Upload a sound",
        type=list(sounds.FORMATS),
        max_upload_size=limits.content >> 20,
        on_change=_show_own,
        args=("file",),
        help=f"English speech, at most {limits.content >> 20} MB; Whisper hears the first {sounds.LONGEST} s. It stays in "
        "this server's memory for your session; nothing is stored or sent elsewhere.",
    )
    recorded = st.audio_input("Speak a sentence", sample_rate=16000, on_change=_show_own, args=("microphone",))
    own = {"file": uploaded, "microphone": recorded}.get(session().own_sound_from)
    if own is None:
        session().own_sound = None
        return chosen
    name = own.name if own is uploaded else "my voice"
    return _own(sounds.SoundFile.of(own.getvalue(), name)) or chosen


def _own(file: sounds.SoundFile) -> str:
    """Return the digest of the sound that is heard: ``file``, or the one before it, or "" where neither can be."""
    try:
        sound = sounds.waveform(file)
    except (sounds.BadMedia, ImportError) as reason:
        st.error(literal(str(reason)), icon=":material/volume_off:")
        before = session().own_sound
        return before.digest if before else ""
    st.text(f"Hearing {file.name}, {sound.duration:.1f} s. {sound.note}".strip())
    st.caption("A link cannot hold your sound; it opens the sample that is marked above.")
    session().own_sound = file
    sounds.hold(file)
    return file.digest


def _show_own(kind: str) -> None:
    session().own_sound_from = kind
