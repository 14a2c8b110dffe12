"""From the reader's choices to an outcome: the cache first, then the pool, with the wait shown."""

import time
from collections.abc import Callable, Hashable, Sequence
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.core.images import Picture
from explorer.core.models import Backbone
from explorer.core.runs import Busy, Job, Superseded
from explorer.core.views import View
from explorer.ui import cache, state
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.core.forward import Outcome, Timing
    from tome.forward.prefix import SharedPrefix

__all__ = ["beginning", "outcome", "pause", "pooled", "timing"]

POLL_SECONDS = 0.02
PATIENT_SECONDS = 0.5
QUIET_SECONDS = 0.4
"""What is shorter needs no word about it."""
ATTEMPTS = 3


def outcome(
    backbone: Backbone, picture: Picture, view: View, config: MergeConfig, quiet: bool = False
) -> "Outcome | None":
    """The outcome for these choices, from the cache or from the pool; ``quiet`` as in ``pooled``."""
    from explorer.core.forward import forward  # brings torch, which the first page does not wait for

    def work(job: Job) -> "Outcome":
        return forward(backbone, beginning(backbone, picture, view, [config]), config, job)

    return pooled((backbone.key, picture.digest, view, config.key), work, quiet)


def beginning(backbone: Backbone, picture: Picture, view: View, configs: Sequence[MergeConfig]) -> "SharedPrefix":
    """What runs of the photo under ``configs`` have in common, from the cache or run now, in the job that asks."""
    from explorer.core.forward import begin

    shelf, key = cache.beginnings(), (backbone.key, picture.digest, view)
    known = shelf.get(key)
    start = begin(backbone, picture, view, configs, known)
    if start is not known:
        shelf.put(key, start, start.nbytes)
    return start


def timing(backbone: Backbone, picture: Picture, view: View, config: MergeConfig, asked: bool) -> "Timing | None":
    """Plain and merged forwards in turn, from the cache or from the pool; from the cache or None if not ``asked`` for."""
    from explorer.core.forward import time_both

    key = ("timing", backbone.key, picture.digest, view, config.key)
    if not asked:
        return cache.outcomes().get(key)
    return pooled(key, lambda job: time_both(backbone, picture, view, config, job))


def pooled(key: Hashable, work: Callable[[Job], Any], quiet: bool = False) -> Any:
    """What ``work(job)`` returns, which must say its ``nbytes``: from the cache or from the pool.

    Stops the script where a newer choice of the same session has taken over, or where the server is full.  If ``quiet``,
    gives None there, and draws nothing.
    """
    # Always there, so that what stands below keeps its place and is not mounted anew.
    waiting = None if quiet else st.empty()
    known = cache.outcomes().get(key)
    if known is not None:
        return known
    for _ in range(ATTEMPTS):
        try:
            return _awaited(key, work, waiting)
        except Superseded:
            # A script that was replaced ends here.  One that goes on lost its job to such a script's last breath.
            _ = state.session()
        except Busy as full:
            if quiet:
                return None
            st.warning(str(full), icon=":material/hourglass_top:")
            st.stop()
    return None if quiet else st.stop()


def pause(seconds: float) -> float:
    """How long a script may wait before it looks round again, where ``seconds`` is right for one that is alone.

    Thirty that look round every 20 ms hold Python's lock so often that the forwards took twice as long.
    """
    return min(PATIENT_SECONDS, seconds * max(1, cache.engine().runs.crowd()))


def _awaited(key: Hashable, work: Callable[[Job], Any], waiting) -> Any:
    runs, shelf = cache.engine().runs, cache.outcomes()

    def unless_known(job: Job) -> Any:
        # A lecture hall opens one link: another session's job may have had the same to do.
        known = shelf.get(key)
        if known is None:
            known = work(job)
            shelf.put(key, known, known.nbytes)
        return known

    job = runs.submit(state.session(), unless_known, subject=key)
    try:
        shown, patience = "", time.monotonic() + QUIET_SECONDS
        while not job.wait(pause(POLL_SECONDS)):
            _ = state.session()  # Streamlit ends a script that a newer one has replaced where it touches the session
            place = runs.position(job)
            note = f"Waiting in line, place {place}…" if place else job.note
            if waiting and note != shown and time.monotonic() > patience:
                shown = note
                waiting.caption(note)
    finally:
        job.cancel()  # the script ends early where its reader has left or chosen anew
    if waiting:
        waiting.empty()
    return job.result()
