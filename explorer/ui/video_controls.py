"""The sidebar of the page Video.  Every choice is part of the link, under names of its own."""

import streamlit as st

from explorer.core import clips
from explorer.core.models import EMBEDDED
from explorer.records.schema import Query
from explorer.records.stored import CLIP
from explorer.ui import state
from explorer.ui.controls import model
from explorer.ui.session import session
from explorer.ui.state import from_link, show_link, to_link
from explorer.ui.text import literal

__all__ = ["most_r", "rate", "sidebar"]

PATCH = 14
SIDES = (112, 168, 224)
SIDE = CLIP.size
LABELS = {"bunny": "Rabbit", "dog-pan": "Pan over a dog"}
ATTENTION = {
    "framewise": "Within frames",
    "joint": "Over all frames",
    "frames-apart": "Frames apart",
}
ALGORITHMS = {
    "bipartite": "Bipartite soft matching",
    "pitome": "PiToMe",
    "tofu": "ToFu",
    "adjacent_merge": "Adjacent merging",
    "random_merge": "Random merging",
    "random_prune": "Random pruning",
}


def sidebar() -> Query:
    """Draw the controls and return what they ask for.  A bad file is refused in one sentence; what was shown stays."""
    with st.sidebar:
        top = st.container()
        count = st.number_input(
            "Frames",
            4,
            16,
            key=from_link("frames"),
            help="At the middles of equal parts of the clip.",
        )
        with top:
            clip = _clip(count)
        side = st.segmented_control(
            "Resolution",
            SIDES,
            key=from_link("clip_side", SIDES),
            required=True,
            format_func=lambda side: f"{side} px",
            help="Of a square with as many patches as a frame gets: 64, 144 or 256.",
        )
        side = side or SIDE
        attention = st.radio(
            "Attention",
            list(ATTENTION),
            key=from_link("attention"),
            format_func=ATTENTION.get,
            help="Within frames: a token attends in the frames it covers, and merging looks over all frames. Over all frames: "
            "every token attends to every other, a control outside of what the model was trained for. Frames apart: each "
            "frame is merged alone, by its share of r. What does crossing frames buy?",
        )
        algorithm = st.selectbox(
            "Algorithm",
            list(ALGORITHMS),
            key=from_link("clip_algorithm", ALGORITHMS),
            format_func=ALGORITHMS.get,
        )
        chosen = model()
        r = rate()
        r["r"] = min(r["r"], most_r(count, side))  # fewer patches, less to merge
        state.draw_rate(r)
        to_link(
            frames=count, clip_side=side, attention=attention, clip_algorithm=algorithm,
            clip_r=r["r"], clip_decreasing=r["decreasing"],
        )  # fmt: skip
        show_link()
    own = {} if algorithm == "bipartite" else {"algorithm": algorithm}
    return Query(
        clip=clip, frames=count, model="embedded" if chosen == EMBEDDED else chosen, size=side, attention=attention, **own,
        r=(r["r"], -1.0) if r["decreasing"] else r["r"],
    )  # fmt: skip


def most_r(frames: int, side: int) -> int:
    """Return the largest r that the slider offers: beyond it each layer halves its tokens long before the last."""
    return frames * (side // PATCH) ** 2 // 6


def rate() -> dict:
    """Return r and its schedule as the reader has them."""
    return state.own_rate("clip")


def _clip(count: int) -> str:
    chosen = st.pills(
        "Clip", clips.SAMPLES, key=from_link("clip", clips.SAMPLES), required=True, format_func=LABELS.get,
        on_change=_show_own, args=(False,),
    )  # fmt: skip
    chosen = chosen or "bunny"
    to_link(clip=chosen)
    limits = clips.LIMITS
    uploaded = st.file_uploader(
        "Upload a clip",
        type=list(clips.FORMATS),
        max_upload_size=limits.content >> 20,
        on_change=_show_own,
        args=(True,),
        help=f"At most {limits.content >> 20} MB, {limits.seconds:.0f} s and 4096 × 2304 pixels. It stays in this server's "
        "memory for your session; nothing is stored or sent elsewhere.",
    )
    if uploaded is None or not session().own_clip_shown:
        session().own_clip = None
        return chosen
    return _own(clips.ClipFile.of(uploaded.getvalue(), uploaded.name), count) or chosen


def _own(file: clips.ClipFile, count: int) -> str:
    """Return the digest of the clip that is shown: ``file``, or the one before it, or "" where neither can be."""
    try:
        clip = clips.frames(file, count)
    except (clips.BadMedia, ImportError) as reason:
        st.error(literal(str(reason)), icon=":material/broken_image:")
        before = session().own_clip
        return before.digest if before else ""
    st.text(f"Showing {file.name}, {clip.duration:.1f} s. {clip.note}".strip())
    st.caption("A link cannot hold your clip; it opens the sample that is marked above.")
    session().own_clip = file
    clips.hold(file)
    return file.digest


def _show_own(own: bool) -> None:
    session().own_clip_shown = own
