"""The sidebar of the page Video.  Every choice is part of the link, with its own parameters."""

from typing import Any

import streamlit as st

from explorer.engine.media_models import CLIPS, VideoModel
from explorer.engine.models import EMBEDDED
from explorer.export.offered import CLIP_ALGORITHMS, CLIP_SIDES, most_clip_r, most_tubelets
from explorer.locale.language import mark, named, tr
from explorer.media import clips
from explorer.media.files import File
from explorer.records.query import Query
from explorer.records.service import service
from explorer.records.stored import CLIP
from explorer.shell.controls import choose_side
from explorer.shell.embed import locked
from explorer.shell.media_controls import media_model, merging, own, own_shown, sample, shown_file
from explorer.shell.model_control import DEFAULT_NAME, choose_model
from explorer.shell.state import from_link, to_link
from explorer.shell.upload import upload

__all__ = ["ATTENTION", "most_r", "sidebar"]

PHOTO_MODEL = {"photo": mark("A model of photos")}
LABELS = {"bunny": mark("Rabbit"), "dog-pan": mark("Pan over a dog")}
ATTENTION = {
    "framewise": mark("Framewise"),
    "joint": mark("Joint"),
    "frames-apart": mark("Frames apart"),
}


def sidebar() -> Query:
    """Draw the controls and return their query.  A bad file is refused with one sentence, and the clip shown stays."""
    with st.sidebar:
        top, middle, rates = st.container(), st.container(), st.container()
        chosen = media_model("clip", PHOTO_MODEL, CLIPS)
        if chosen in PHOTO_MODEL:
            chosen = choose_model()
            with middle:
                seen = _frames()
            limit = most_clip_r(seen["frames"], seen["size"])
        else:
            to_link(model=EMBEDDED, timm=DEFAULT_NAME, random=False)
            seen, limit = {}, most_r(chosen)
        with top:
            clip = _clip(seen.get("frames", CLIP.frames))
        with rates:
            merged = merging("clip", CLIP_ALGORITHMS, limit)
    return Query(clip=clip, model="embedded" if chosen == EMBEDDED else chosen, **seen, **merged)


def _frames() -> dict[str, Any]:
    count = st.number_input(
        tr("Frames"), 4, 16, key=from_link("frames"), disabled=locked("frames"),
        help=tr("At the middles of equal parts of the clip."),
    )  # fmt: skip
    rule = tr("Side of a square with as many patches as a frame: 64, 144 or 256.")
    side = choose_side("clip_side", CLIP_SIDES, rule)
    attention = st.radio(
        tr("Attention"),
        list(ATTENTION),
        key=from_link("attention"),
        disabled=locked("attention"),
        format_func=named(ATTENTION),
        help=tr(
            "Framewise: a token attends within the frames it covers, and merging looks over all frames. Joint: "
            "every token attends to every other, a control outside of what the model was trained for. Frames apart: each "
            "frame is merged alone, by its share of r. What does crossing frames buy?"
        ),
    )
    to_link(frames=count, clip_side=side, attention=attention)
    return {"frames": count, "size": side, "attention": attention}


def most_r(key: str) -> int:
    """Return the largest r for a model of clips, or VideoMAE's while it loads."""
    loading = service().engine.model(key) if service().engine.started else None
    model = loading.backbone if loading else None
    return most_tubelets(model) if isinstance(model, VideoModel) else 1568 // 6


def _clip(count: int) -> str:
    chosen = sample("clip", LABELS, own_shown("clip"))
    digest = shown_file("clip", clips.FILES, _own(), lambda file: clips.frames(file, count), ":material/broken_image:")
    return digest or chosen


def _own() -> File | None:
    """Draw the upload, and return the clip if it is to be shown."""
    limits = clips.FILES.limits
    uploaded = own(
        "clip",
        "upload",
        upload,
        tr("Upload a clip"),
        rule=tr(
            "At most {size} MB, {seconds:.0f} s and 4096 × 2304 pixels: cut a larger clip, or save it smaller.",
            size=limits.content >> 20,
            seconds=limits.seconds,
        ),
        type=list(clips.FORMATS),
        help=tr("It stays in this server's memory for your session; nothing is stored or sent elsewhere."),
    )
    return None if uploaded is None else File.of(uploaded.getvalue(), uploaded.name)
