"""The sidebar of the page Video.  Every choice is part of the link, under names of its own."""

import streamlit as st

from explorer.core import clips
from explorer.core.files import File
from explorer.core.models import EMBEDDED
from explorer.records.query import Query
from explorer.records.stored import CLIP
from explorer.ui.controls import model
from explorer.ui.media_controls import merging, own, sample, shown_file
from explorer.ui.state import from_link, to_link

__all__ = ["most_r", "sidebar"]

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
        to_link(frames=count, clip_side=side, attention=attention)
        merged = merging("clip", ALGORITHMS, most_r(count, side))
        chosen = model()
    return Query(
        clip=clip, frames=count, model="embedded" if chosen == EMBEDDED else chosen, size=side, attention=attention,
        **merged,
    )  # fmt: skip


def most_r(frames: int, side: int) -> int:
    """Return the largest r that the slider offers: beyond it each layer halves its tokens long before the last."""
    return frames * (side // PATCH) ** 2 // 6


def _clip(count: int) -> str:
    chosen = sample("clip", LABELS)
    digest = shown_file("clip", clips.FILES, _own(), lambda file: clips.frames(file, count), ":material/broken_image:")
    return digest or chosen


def _own() -> File | None:
    """Draw the way to give a clip, and return it where it is to be shown."""
    limits = clips.FILES.limits
    uploaded = own(
        "clip",
        st.file_uploader,
        "Upload a clip",
        type=list(clips.FORMATS),
        max_upload_size=limits.content >> 20,
        help=f"At most {limits.content >> 20} MB, {limits.seconds:.0f} s and 4096 × 2304 pixels. It stays in this server's "
        "memory for your session; nothing is stored or sent elsewhere.",
    )
    return None if uploaded is None else File.of(uploaded.getvalue(), uploaded.name)
