"""Wait for a run in a page's script: the cache first, then the pool, with the wait shown."""

import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.engine.tasks import Task
from explorer.locale.language import retell, tr
from explorer.memory.guard import Busy
from explorer.records.photos import Source
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.shell.session import session
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.engine.forward import Outcome, Timing

__all__ = ["follow", "outcome", "pooled", "record", "results", "timing"]

LOOK_SECONDS = 0.25
"""Between two looks whether the reader has left or chosen anew."""
PATIENT_SECONDS = 0.4
"""What takes less needs no word about it."""


def record(source: Source, config: MergeConfig) -> Record:
    """Return the record of a run, from the cache or from the pool."""
    records = service()
    slot = st.empty()  # always there, so that what stands below keeps its place and is not mounted anew
    known = records.known(source, config)
    if known is None:
        known = _result(slot, lambda client: records.ask(source, config, client))
    return known.record


def outcome(source: Source, config: MergeConfig) -> "Outcome":
    """Return what a model makes of a photo, from the cache or from the pool."""
    return pooled(("outcome", *source.key, config.key), lambda task: service().outcome(source, config, task))


def timing(source: Source, config: MergeConfig, asked: bool) -> "Timing | None":
    """Return plain and merged forward times; None if they are not known and not ``asked`` for."""
    from explorer.engine.forward import time_both

    key = ("timing", *source.key, config.key)
    if not asked:
        return service().results.get(key)
    return pooled(key, lambda task: time_both(source.backbone, source.picture, source.view, config, task))


def pooled(key: Hashable, work: Callable[[Task], Any]) -> Any:
    """Return what ``work(task)`` returns, which must state its ``nbytes``: from the cache or from the pool."""
    results, slot = service().results, st.empty()
    known = results.get(key)
    if known is not None:
        return known

    def keep(task: Task) -> None:
        found = work(task)
        results.put(key, found)
        task.publish(found)

    return _result(slot, lambda client: service().tasks.ask(client, key, keep))


def results(ask: Callable[[str], Task]) -> tuple[Any, ...]:
    """Return all that the task of ``ask(client)`` publishes."""
    slot = st.empty()
    snapshot = follow(ask, slot.caption)
    slot.empty()
    return snapshot.results


def _result(slot, ask: Callable[[str], Task]) -> Any:
    snapshot = follow(ask, slot.caption)
    slot.empty()
    return snapshot.results[-1]


def follow(ask: Callable[[str], Task], say: Callable[[str], Any]):
    """Wait for the end of the task that ``ask(client)`` starts; ``say`` what it does.  Returns its last snapshot.

    Stops the script where the server is full, and where a newer choice of the session has taken over.  Raises what the
    task raised.
    """
    tasks, client = service().tasks, f"script {session().client}"
    try:
        task = ask(client)
    except Busy as full:
        st.warning(retell(str(full)), icon=":material/hourglass_top:")
        st.stop()
    snapshot, shown, patience = task.snapshot, "", time.monotonic() + PATIENT_SECONDS
    try:
        while not snapshot.ended:
            snapshot = task.wait(snapshot, LOOK_SECONDS)
            session()  # Streamlit ends a script that a newer one has replaced where it touches the session
            place = tasks.place(task)
            note = tr("Waiting in line, place {place}…", place=place) if place else retell(snapshot.note)
            if note != shown and time.monotonic() > patience:
                shown = note
                say(note)
    finally:
        tasks.leave(client, task)
    if snapshot.error:
        raise snapshot.error
    if snapshot.state == "cancelled":
        st.stop()
    return snapshot
