"""The sidebar that all pages share: photo, model, resolution, r.  Every choice is part of the link."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from explorer.core.checkpoints import checkpoints
from explorer.core.images import BadImage, Picture
from explorer.core.models import CURATED, EMBEDDED
from explorer.core.stored import SIDE, R
from explorer.ui import cache
from explorer.ui.state import from_link, link, show_link, to_link
from explorer.ui.text import literal
from tome.schedule import R as Rate
from tome.schedule import cap

__all__ = ["Choices", "rate", "sidebar"]

SIDES = (224, 336, 448, 518)
OTHER = "other"
FORMATS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "avif"]
PATCH = 14  # of the embedded model; only the slider's range hangs on it
THUMBNAILS = """<style>
.st-key-photo button {padding: 2px; height: auto; min-height: 0; border-radius: 6px; border-width: 2px}
.st-key-photo button p {line-height: 0; font-size: 0}
.st-key-photo img {width: 40px; height: 40px; max-height: none !important; border-radius: 3px; margin: 0}
</style>"""


@dataclass(frozen=True, eq=False)
class Choices:
    """What the reader has chosen."""

    picture: Picture
    sample: str
    """the sample's name, or empty for a photo of the reader's own"""
    model: str
    side: int
    """pixels: about as many patches are used as a square of this side holds"""
    r: Rate
    crop: Literal["whole", "square"]
    offset: float

    @property
    def caption(self) -> str:
        """r in words."""
        return f"r = {self.r}" if isinstance(self.r, int) else f"r = {self.r[0]}, decreasing"

    @property
    def is_stored(self) -> bool:
        """Whether the stored story shows just these choices."""
        plain = self.sample == "dog" and self.model == EMBEDDED and self.crop == "whole"
        return plain and self.side == SIDE and self.r == R


def sidebar() -> Choices:
    """Draw the controls and read them.  A bad photo is refused in one sentence and the one before it stays."""
    with st.sidebar:
        picture, sample = _photo()
        crop, offset = _crop()
        model = _model()
        side = st.segmented_control(
            "Resolution",
            SIDES,
            key=from_link("side", SIDE, SIDES),
            required=True,
            format_func=lambda side: f"{side} px",
            help="More pixels, more patches: 224 px gives about 256 tokens, 518 px about 1,369, whatever the shape.",
        )
        side = side or SIDE  # no browser of ours leaves it out
        r = _rate(cap((side // PATCH) ** 2, prefix=0))
        to_link(side=(side, SIDE))
        show_link()
    return Choices(picture, sample, model, side, r, crop, offset)


def _photo() -> tuple[Picture, str]:
    samples = cache.samples()
    # The thumbnails are static files; their alternative text is what a screen reader says.
    st.html(THUMBNAILS)
    sample = st.pills(
        "Photo",
        list(samples),
        key=from_link("photo", "dog", samples),
        required=True,
        on_change=_show_own,
        args=(False,),
        format_func=lambda name: f"![](app/static/photos/{name}.jpg) {name}",
    )
    sample = sample or "dog"  # no browser of ours leaves it out
    to_link(photo=(sample, "dog"))
    uploaded = st.file_uploader(
        "Upload a photo",
        type=FORMATS,
        max_upload_size=10,
        on_change=_show_own,
        args=(True,),
        help="Stays in this server's memory for your session; nothing is stored or sent elsewhere.",
    )
    taken = None
    if st.toggle("Use the camera", key="camera"):
        taken = st.camera_input("Take a photo", label_visibility="collapsed", on_change=_show_own, args=(True,))
    own = taken or uploaded
    if own is not None and st.session_state.get("own_shown", True):
        try:
            picture = cache.picture(own.getvalue(), own.name)
        except BadImage as reason:
            st.error(literal(str(reason)), icon=":material/broken_image:")
            if "own_photo" not in st.session_state:
                return cache.picture(samples[sample], sample), sample
            picture = st.session_state["own_photo"]
        st.text(f"Showing {picture.name}. {picture.note}".strip())
        st.caption("A link cannot hold your photo; it opens the sample that is marked above.")
        st.session_state["own_photo"] = picture
        return picture, ""
    st.session_state.pop("own_photo", None)
    return cache.picture(samples[sample], sample), sample


def _show_own(own: bool) -> None:
    st.session_state["own_shown"] = own


def _crop() -> tuple[Literal["whole", "square"], float]:
    square = st.toggle(
        "Square crop",
        key=from_link("square", False, (True,)),
        help="Models are trained on squares. Off: the whole photo, at its own aspect ratio.",
    )
    offset = 0.5
    if square:
        steps = [round(step / 20, 2) for step in range(21)]
        offset = st.slider("Position of the crop", 0.0, 1.0, step=0.05, key=from_link("offset", 0.5, steps))
    to_link(square=(square, False), offset=(offset, 0.5))
    return ("square" if square else "whole"), offset


def _model() -> str:
    files = checkpoints(cache.engine().folder)
    labels = {**CURATED, **{key: key.removeprefix("file:") for key in files}, OTHER: "Another timm model…"}
    chosen = st.selectbox("Model", list(labels), key=from_link("model", EMBEDDED, labels), format_func=labels.get)
    to_link(model=(chosen, EMBEDDED))
    if chosen != OTHER:
        to_link(timm=("", ""), random=(True, True))
        return chosen
    name = st.text_input("Its name in timm", key=from_link("timm", "test_vit", [link().get("timm")]), max_chars=80)
    random = st.toggle("Random weights", key=from_link("random", True, (False,)), help="Needs no download.")
    to_link(timm=(name, "test_vit"), random=(random, True))
    return f"random:{name.strip()}" if random else name.strip()


def _rate(limit: int) -> Rate:
    key = from_link("r", R, range(limit + 1))
    st.session_state[key] = min(st.session_state[key], limit)  # a lower resolution has fewer tokens to merge
    r = st.slider(
        "Tokens merged per layer (r)",
        0,
        limit,
        key=key,
        help=f"Every layer merges the r most similar pairs, up to half of its tokens: {limit} in the first one.",
    )
    decreasing = st.toggle(
        "Decreasing schedule",
        key=from_link("decreasing", False, (True,)),
        help="Merge 2r in the first layer, falling to 0 in the last: about as many tokens in all, but earlier, so faster.",
    )
    to_link(r=(r, R), decreasing=(decreasing, False))
    return rate()


def rate() -> Rate | None:
    """r as the reader has it; None until the sidebar has been drawn, also where a newer run ended that drawing early."""
    r, decreasing = (st.session_state.get(name) for name in ("r", "decreasing"))
    return (r, -1.0) if r is not None and decreasing else r
