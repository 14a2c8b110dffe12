"""The displays of the last stop: a clip and a sound, each at an r of its own."""

from typing import Any

from explorer.engine.packaged import WHISPER
from explorer.export.offered import MOST_SOUND_R, most_clip_r
from explorer.records.query import Query
from explorer.records.service import service
from explorer.records.stored import CLIP
from explorer.shell import drawn, run, stage
from explorer.shell.link import read
from explorer.shell.session import session
from explorer.sound import figures
from explorer.video import figures as video_figures
from explorer.viewer import component

__all__ = ["clip", "sound"]


def clip() -> None:
    """Draw the sample clip with its r, and the figures of that run."""
    query = _under("clip", CLIP)
    component.follow(query, most_clip_r(query.frames, query.size), key="read clip", rate=_rate("clip"))
    video_figures.figures(run.record(service().source(query), query.config))


def sound() -> None:
    """Draw the sample sound with its r, and Whisper's transcripts with and without merging."""
    if stage.model(WHISPER) is None:
        return
    query = _under("sound", Query(sound="jfk"))
    component.follow(query, MOST_SOUND_R, key="read sound", rate=_rate("sound"))
    record = run.record(service().source(query), query.config)
    figures.transcripts(record)
    figures.figures(record)


def _under(kind: str, query: Query) -> Query:
    own = _rate(kind)
    drawn.draw_rate(own)
    return query.model_copy(update={"r": (own["r"], -1.0) if own["decreasing"] else own["r"]})


def _rate(kind: str) -> dict[str, Any]:
    """Return r and its schedule on this page: a stop's words are about what it opens with, not about Video's or Sound's r."""
    opens = {name: read(f"{kind}_{name}", None) for name in ("r", "decreasing")}
    return session().rates.setdefault(f"read {kind}", opens)
