"""The page Video: one clip under the viewer's r, with a cursor for time, and the figures of the run."""

import streamlit as st

from explorer.core.language import mark, retell, tr
from explorer.core.media_models import is_media
from explorer.records.clips import ClipSource
from explorer.records.errors import BadQuery
from explorer.records.query import Query
from explorer.records.service import model_key, service
from explorer.records.stored import CLIP
from explorer.ui import run, stage, video_controls, video_figures, viewer
from explorer.ui.controls import own_models
from explorer.ui.media_controls import rate
from explorer.ui.session import session
from explorer.ui.text import literal

__all__ = ["page"]


FRAMES = mark("An outline is one token, in all frames. **The model knows images, not motion**: alike things merge.")
TUBELETS = mark(
    "An outline is one token, in all frames. This model is one of clips: a token begins as a tubelet, a patch that lasts "
    "some frames, and attends to all others."
)


def page() -> None:
    """Draw the page."""
    query = video_controls.sidebar()
    st.title(tr("Watch one token live in many frames"))
    st.markdown(tr(TUBELETS if _of_clips(query) else FRAMES))
    model = stage.model(model_key(query.model))
    if model is None:
        _wait(query)
        return
    try:
        source = service().source(query)
    except BadQuery as reason:
        st.error(literal(f"{reason.parameter} {retell(reason.rule)}."), icon=":material/broken_image:")
        return
    session().clip_shown = query
    _show(query, source)


def _of_clips(query: Query) -> bool:
    return is_media(query.model) or query.model in own_models("clip")


def _show(query: Query, source: ClipSource) -> None:
    known = video_controls.most_tubelets(query.model) if _of_clips(query) else None
    most = known or video_controls.most_r(query.frames, query.size)
    viewer.follow(query, most, rate=rate("clip"))
    record = run.record(source, query.config)
    video_figures.figures(record, of_clips=_of_clips(query))
    video_figures.classes(record)
    video_figures.contact_sheet(record, source)
    viewer.save_clip(record, source.clip, source.file.digest)
    kinds = {} if _of_clips(query) else video_controls.ATTENTION
    video_figures.ways(source, query.config, video_controls.ALGORITHMS, kinds)
    video_figures.paper()


def _wait(query: Query) -> None:
    shown = session().clip_shown or CLIP
    if query != shown:
        st.caption(tr("This is the view from before; yours follows as soon as the model is there."))
    viewer.follow(shown, None, rate=rate("clip"))
