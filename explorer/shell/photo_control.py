"""The choice of a photo: a sample, an upload, or the camera."""

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from explorer.locale.language import mark, retell, tr
from explorer.media.images import LONGEST, MAX_BYTES, MAX_PIXELS, BadImage, Picture
from explorer.media.photos import hold, sample
from explorer.shell import cache
from explorer.shell.embed import locked
from explorer.shell.keys import taken
from explorer.shell.link import read
from explorer.shell.reopen import KINDS, reopen, say
from explorer.shell.session import link, session
from explorer.shell.state import sample_from_link, to_link
from explorer.shell.text import literal
from explorer.shell.upload import server_limit, upload

__all__ = ["FORMATS", "SAMPLES", "archive_limit", "choose_photo", "own_photo", "photo_limit", "show_own"]

FORMATS = ["png", "jpg", "jpeg", "webp", "gif", "bmp", "tif", "tiff", "avif"]
SAMPLES = {
    "dog": mark("dog"), "cat": mark("cat"), "chickens": mark("chickens"), "cow": mark("cow"), "duck": mark("duck"),
    "horses": mark("horses"), "kitten": mark("kitten"), "owl": mark("owl"), "pig": mark("pig"), "sheep": mark("sheep"),
}  # fmt: skip
THUMBNAILS = """<style>
:is(.st-key-photo, [class*=st-key-photo-]) button {padding: 2px; height: auto; min-height: 0; border-radius: 6px; border-width: 2px}
:is(.st-key-photo, [class*=st-key-photo-]) button p {line-height: 0; font-size: 0}
:is(.st-key-photo, [class*=st-key-photo-]) img {width: 40px; height: 40px; max-height: none !important; border-radius: 3px; margin: 0}
</style>"""


def choose_photo() -> tuple[Picture, str]:
    """Draw the choice; return the photo and the sample's name, empty for an own photo.

    A bad photo is refused with one sentence, and the previous one stays.
    """
    samples = st.container()
    uploaded = _upload()
    taken = None
    if st.toggle(tr("Use the camera"), key="camera", disabled=locked("camera"), on_change=_camera_turned):
        taken = st.camera_input(tr("Take a photo"), label_visibility="collapsed", on_change=_taken)
        if not taken:
            st.caption(
                tr(
                    "No picture? The browser was not allowed to use a camera, or there is none: see the symbol in its address "
                    "bar, or upload a photo instead."
                )
            )
    picture = _own_shown(taken or uploaded, uploaded)
    with samples:
        chosen = _choose_sample(own=picture is not None)
    return (sample(chosen), chosen) if picture is None else (picture, "")


def _own_shown(own: UploadedFile | None, uploaded: UploadedFile | None) -> Picture | None:
    """Return the reader's photo if it is to be shown; draw the way back to it otherwise."""
    if session().reopened is not None and own is uploaded and session().own_shown:
        say(session().reopened)
    elif own is not None and session().own_shown:
        session().own_photo = own_photo(own, before=session().own_photo)
        return session().own_photo
    lost = own is None and session().own_photo is not None  # Streamlit forgets a file on a page without photos
    if lost and session().own_shown:
        return show_own(session().own_photo)
    if not lost:
        session().own_photo = None
    if lost or (own is not None and _is_photo(own, uploaded)):
        st.button(tr("Show my photo again"), on_click=_show_own, args=(True,))
    return None


def _is_photo(own: UploadedFile, uploaded: UploadedFile | None) -> bool:
    """Return whether a file can be shown: neither damaged nor an export that only opened its view."""
    if own is uploaded and session().reopened is not None:
        return False
    try:
        cache.picture(own.getvalue(), own.name)
    except BadImage:
        return False
    return True


def _choose_sample(own: bool) -> str:
    samples = cache.samples()
    # Thumbnails are static files; their alternative text is for screen readers.
    st.html(THUMBNAILS)
    key = sample_from_link("photo", samples, own)
    chosen = st.pills(
        tr("Photo"),
        list(samples),
        key=key,
        required=True,
        disabled=locked("sample"),
        on_change=taken,
        args=("photo", key, _show_own, False),
        format_func=lambda name: f"![](app/static/photos/{name}.jpg) {tr(SAMPLES.get(name, name))}",
    )
    linked = read("photo", link().get("photo"))
    chosen = chosen or (linked if linked in samples else "dog")
    to_link(photo=chosen)
    return chosen


def _upload() -> UploadedFile | None:
    return upload(
        tr("Upload a photo"),
        photo_limit(),
        type=[*FORMATS, *KINDS],
        key="upload",
        disabled=locked("upload"),
        on_change=_uploaded,
        help=tr(
            "Stays in this server's memory for your session; nothing is stored or sent elsewhere. An exported figure, "
            "film or page reopens its view."
        ),
    )


def photo_limit() -> str:
    """Return which photos are taken, as a sentence for the reader."""
    return tr(
        "At most {size} MB and {pixels} megapixels; a copy {longest} pixels wide is enough.",
        size=MAX_BYTES >> 20,
        pixels=MAX_PIXELS // 10**6,
        longest=str(LONGEST),
    )


def archive_limit() -> str:
    """Return which archives and photos are taken where several are, as a sentence for the reader."""
    return tr("At most {most} MB in one file, and {size} MB in each photo.", most=server_limit(), size=MAX_BYTES >> 20)


def own_photo(file: UploadedFile, before: Picture | None) -> Picture | None:
    """Decode the reader's photo and show its note; a bad one leaves ``before``, the previous photo if there is one."""
    try:
        picture = cache.picture(file.getvalue(), file.name)
    except BadImage as reason:
        st.error(literal(_why_refused(file, reason)), icon=":material/broken_image:")
        if before is None:
            return None
        picture = before
    return show_own(picture)


def show_own(picture: Picture) -> Picture:
    """Say which photo of the reader's is shown, and hold it for requests; return it."""
    st.text(tr("Showing {name}. {note}", name=picture.name, note=retell(picture.note)).strip())
    st.caption(tr("A link cannot hold your photo, and a reload forgets it: both open a sample."))
    hold(picture)
    return picture


def _why_refused(file: UploadedFile, reason: BadImage) -> str:
    from explorer.shell.unopened import why_unopened  # brings algorithms, which the first page does without

    return why_unopened(file.getvalue(), file.name) or retell(str(reason))


def _show_own(own: bool) -> None:
    session().own_shown = own


def _taken() -> None:
    _show_own(True)
    _forget()


def _forget() -> None:
    """Let no photo come back that the reader has removed."""
    session().own_photo = None


def _camera_turned() -> None:
    if not st.session_state["camera"]:
        _forget()


def _uploaded() -> None:
    _show_own(True)
    file = st.session_state["upload"]
    if file is None:
        _forget()
    session().reopened = reopen(file.getvalue()) if file is not None else None
