"""The sidebar that all pages share: photo, model, resolution, r.  Every choice is part of the link."""

from dataclasses import dataclass
from typing import Literal

import streamlit as st

from explorer.engine.checkpoints import checkpoints
from explorer.engine.media_models import kind_of_file
from explorer.engine.models import CURATED, EMBEDDED
from explorer.locale.language import mark, named, retell, tr
from explorer.media.images import BadImage, Picture
from explorer.media.photos import hold, sample
from explorer.records.query import Query
from explorer.shell import cache, state
from explorer.shell.embed import locked
from explorer.shell.link import PARAMETERS
from explorer.shell.reopen import KINDS, reopen, say
from explorer.shell.session import session
from explorer.shell.state import from_link, show_link, to_link
from explorer.shell.text import literal
from tome.schedule import R as Rate
from tome.schedule import cap

__all__ = ["Choices", "model", "most_r", "own_models", "rate", "sidebar"]

SIDE = 224
DEFAULT_NAME = PARAMETERS["timm"].default
SIDES = (SIDE, 336, 448, 518)
OTHER = "other"
FORMATS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "avif"]
PATCH = 14  # of the embedded model; only the slider's range hangs on it
SAMPLES = {
    "dog": mark("dog"), "cat": mark("cat"), "chickens": mark("chickens"), "cow": mark("cow"), "duck": mark("duck"),
    "horses": mark("horses"), "kitten": mark("kitten"), "owl": mark("owl"), "pig": mark("pig"), "sheep": mark("sheep"),
}  # fmt: skip
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
        return f"r = {self.r}" if isinstance(self.r, int) else tr("r = {r}, decreasing", r=self.r[0])

    @property
    def query(self) -> Query:
        """What the records of these choices are asked for by."""
        photo = {"sample": self.sample} if self.sample else {"photo": self.picture.digest}
        model = "embedded" if self.model == EMBEDDED else self.model
        offset = {"offset": self.offset} if self.crop == "square" else {}
        return Query(**photo, model=model, size=self.side, crop=self.crop, **offset, r=self.r)


def sidebar(rate_here: bool = True) -> Choices:
    """Draw the controls and read them; r is not among them where it stands under the picture.  A bad photo is refused in one sentence and the one before it stays."""
    with st.sidebar:
        picture, sample = _photo()
        crop, offset = _crop()
        chosen = model()
        side = st.segmented_control(
            tr("Resolution"),
            SIDES,
            key=from_link("side", SIDES),
            disabled=locked("size"),
            required=True,
            format_func=lambda side: f"{side} px",
            help=tr(
                "More pixels, more patches: 224 px gives about 256 tokens, 518 px about 1,369, whatever the shape."
            ),
        )
        side = side or SIDE  # no browser of ours leaves it out
        r = _rate(most_r(side), rate_here)
        to_link(side=side)
        show_link()
    return Choices(picture, sample, chosen, side, r, crop, offset)


def _photo() -> tuple[Picture, str]:
    samples = cache.samples()
    # The thumbnails are static files; their alternative text is what a screen reader says.
    st.html(THUMBNAILS)
    chosen = st.pills(
        tr("Photo"),
        list(samples),
        key=from_link("photo", samples),
        required=True,
        disabled=locked("sample"),
        on_change=_show_own,
        args=(False,),
        format_func=lambda name: f"![](app/static/photos/{name}.jpg) {tr(SAMPLES.get(name, name))}",
    )
    chosen = chosen or "dog"  # no browser of ours leaves it out
    to_link(photo=chosen)
    uploaded = st.file_uploader(
        tr("Upload a photo"),
        type=[*FORMATS, *KINDS],
        key="upload",
        max_upload_size=10,
        disabled=locked("upload"),
        on_change=_uploaded,
        help=tr(
            "Stays in this server's memory for your session; nothing is stored or sent elsewhere. A figure, film or page "
            "that was exported here opens its view again."
        ),
    )
    taken = None
    if st.toggle(tr("Use the camera"), key="camera", disabled=locked("camera")):
        taken = st.camera_input(tr("Take a photo"), label_visibility="collapsed", on_change=_show_own, args=(True,))
    own = taken or uploaded
    if session().reopened is not None and own is uploaded and session().own_shown:
        say(session().reopened)
    elif own is not None and session().own_shown:
        try:
            picture = cache.picture(own.getvalue(), own.name)
        except BadImage as reason:
            st.error(literal(retell(str(reason))), icon=":material/broken_image:")
            if session().own_photo is None:
                return sample(chosen), chosen
            picture = session().own_photo
        st.text(tr("Showing {name}. {note}", name=picture.name, note=retell(picture.note)).strip())
        st.caption(tr("A link cannot hold your photo; it opens the sample that is marked above."))
        session().own_photo = picture
        hold(picture)
        return picture, ""
    session().own_photo = None
    if own is not None:
        st.button(tr("Show my photo again"), on_click=_show_own, args=(True,))
    return sample(chosen), chosen


def _show_own(own: bool) -> None:
    session().own_shown = own


def _uploaded() -> None:
    _show_own(True)
    file = st.session_state["upload"]
    session().reopened = reopen(file.getvalue()) if file is not None else None


def _crop() -> tuple[Literal["whole", "square"], float]:
    square = st.toggle(
        tr("Square crop"),
        key=from_link("square"),
        disabled=locked("crop"),
        help=tr("Models are trained on squares. Off: the whole photo, at its own aspect ratio."),
    )
    offset = 0.5
    if square:
        offset = st.slider(
            tr("Position of the crop"), 0.0, 1.0, step=0.05, key=from_link("offset"), disabled=locked("crop")
        )
    to_link(square=square, offset=offset)
    return ("square" if square else "whole"), offset


def own_models(kind: str) -> dict[str, str]:
    """Return key and label of the operator's models that take clips, sounds, or photos where ``kind`` is ""."""
    files = checkpoints(cache.engine().folder)
    return {key: key.removeprefix("file:") for key, path in files.items() if kind_of_file(path) == kind}


def model() -> str:
    """Draw the choice of a model and return its key."""
    labels = {**CURATED, **own_models(""), OTHER: mark("Another timm model…")}
    chosen = st.selectbox(
        tr("Model"), list(labels), key=from_link("model", labels), format_func=named(labels), disabled=locked("model")
    )
    to_link(model=chosen)
    if chosen != OTHER:
        to_link(timm=DEFAULT_NAME, random=False)
        return chosen
    name = st.text_input(
        tr("timm model name"),
        key=from_link("timm"),
        max_chars=80,
        disabled=locked("model"),
        help=tr("Its weights come from the hub."),
    )
    random = st.toggle(
        tr("Random weights"),
        key=from_link("random"),
        disabled=locked("model"),
        help=tr("Needs no download, and shows the architecture alone."),
    )
    to_link(timm=name, random=random)
    return f"random:{name.strip()}" if random else name.strip()


def most_r(side: int) -> int:
    """Return the largest r that a slider offers."""
    return cap((side // PATCH) ** 2, prefix=0)


def _rate(limit: int, here: bool) -> Rate:
    place = state.cursor()
    place["r"] = min(place["r"], limit)  # a lower resolution has fewer tokens to merge
    if here:
        for name in ("r", "decreasing"):
            st.session_state[f"slider.{name}"] = place[name]
        place["r"] = st.slider(
            tr("Tokens merged per layer (r)"),
            0,
            limit,
            key="slider.r",
            disabled=locked("r"),
            on_change=_take,
            args=("r",),
            help=tr(
                "Every layer merges the r most similar pairs, up to half of its tokens: {limit} in the first one.",
                limit=limit,
            ),
        )
        place["decreasing"] = st.toggle(
            tr("Decreasing schedule"),
            key="slider.decreasing",
            disabled=locked("r"),
            on_change=_take,
            args=("decreasing",),
            help=tr(
                "Merge 2r in the first layer, falling to 0 in the last: about as many tokens in all, but earlier, so faster."
            ),
        )
    state.draw_rate()
    to_link(r=place["r"], decreasing=place["decreasing"])
    return rate()


def _take(name: str) -> None:
    state.cursor()[name] = st.session_state[f"slider.{name}"]


def rate() -> Rate:
    """Return r as the reader has it."""
    place = state.cursor()
    return (place["r"], -1.0) if place["decreasing"] else place["r"]
