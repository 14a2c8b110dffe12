"""The page Video: one clip under the viewer's r, with a cursor for time, and the figures of the run."""

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.engine.media_models import is_media
from explorer.export.offered import CLIP_ALGORITHMS, most_clip_r
from explorer.locale.language import mark, tr
from explorer.records.clips import ClipSource
from explorer.records.query import Query
from explorer.records.service import model_key
from explorer.records.stored import CLIP
from explorer.shell import run, stage
from explorer.shell.cursor import own_rate
from explorer.shell.model_control import own_models
from explorer.shell.session import session
from explorer.shell.too_much import too_much
from explorer.video import controls, crossing, figures
from explorer.viewer import component

__all__ = ["page"]


FRAMES = mark("An outline is one token, in all frames. **The model knows images, not motion**: alike things merge.")
APART = mark(
    "An outline is one token of its frame, and no token crosses to another: each frame merges its share of *r*, as a photo does."
)
TUBELETS = mark(
    "An outline is one token, in all frames. This is a clip model: a token begins as a tubelet, a patch over several "
    "frames, and attends to all others."
)
MUCH = mark(
    "This r is large: {r} in {layers} layers asks for all {tokens} tokens of these frames or more. No layer merges more "
    "than half of what is left, so the last ones merge almost nothing and hardly any token stays."
)


def page() -> None:
    """Draw the page."""
    query = controls.sidebar()
    apart = query.attention == "frames-apart" and not _of_clips(query)
    st.title(tr("Watch each frame merge alone") if apart else tr("Watch one token live in many frames"))
    st.markdown(tr(TUBELETS if _of_clips(query) else APART if apart else FRAMES))
    above = st.container()  # always there: in another place Streamlit would begin the viewer again
    with above:
        model = stage.model(model_key(query.model))
    if model is None:
        _wait(query, above)
        return
    source = stage.media_source(query, ":material/broken_image:")
    if source is None:
        return
    session().clip_shown = query
    _show(query, source)


def _of_clips(query: Query) -> bool:
    return is_media(query.model) or query.model in own_models("clip")


def _show(query: Query, source: ClipSource) -> None:
    known = controls.most_r(query.model) if _of_clips(query) else None
    most = known or most_clip_r(query.frames, query.size)
    component.follow(query, most, rate=own_rate("clip"))
    record = run.record(source, query.config)
    figures.figures(record, of_clips=_of_clips(query))
    kinds = {} if _of_clips(query) else controls.ATTENTION
    if kinds:
        crossing.draw(query, source, kinds)
    too_much("clip", record, query.config.r, MUCH)
    figures.classes(record)
    figures.contact_sheet(record, source)
    component.save_clip(record, source.clip, source.file.digest)
    figures.ways(source, query.config, CLIP_ALGORITHMS, kinds)
    figures.paper()


def _wait(query: Query, above: DeltaGenerator) -> None:
    shown = session().clip_shown or CLIP
    if query != shown:
        above.caption(tr("This is an earlier view; yours follows as soon as the model is loaded."))
    component.follow(shown, None, rate=own_rate("clip"))
