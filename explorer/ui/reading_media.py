"""What stands beside the last stop of the article: a clip and a sound, under the r of their own pages."""

from explorer.core.packaged import WHISPER
from explorer.records.query import Query
from explorer.records.service import service
from explorer.records.stored import CLIP
from explorer.ui import run, sound_controls, sound_figures, stage, state, video_controls, video_figures, viewer
from explorer.ui.media_controls import rate

__all__ = ["clip", "sound"]


def clip() -> None:
    """Draw the sample clip with its r, and the figures of that run."""
    query = _under("clip", CLIP)
    viewer.follow(query, video_controls.most_r(query.frames, query.size), key="read clip", rate=rate("clip"))
    video_figures.figures(run.record(service().source(query), query.config))


def sound() -> None:
    """Draw the sample sound with its r, and what Whisper writes down with and without merging."""
    if stage.model(WHISPER) is None:
        return
    query = _under("sound", Query(sound="jfk"))
    viewer.follow(query, sound_controls.MOST_R, key="read sound", rate=rate("sound"))
    record = run.record(service().source(query), query.config)
    sound_figures.transcripts(record)
    sound_figures.figures(record)


def _under(kind: str, query: Query) -> Query:
    own = rate(kind)
    state.draw_rate(own)
    return query.model_copy(update={"r": (own["r"], -1.0) if own["decreasing"] else own["r"]})
