"""Wait for a run in a page's script: the cache first, then the pool, with the wait shown."""

import time
from collections.abc import Callable, Hashable
from typing import TYPE_CHECKING, Any

import streamlit as st

from explorer.engine.task import Task
from explorer.locale.language import retell, tr
from explorer.measuring.steady import busy
from explorer.memory.guard import Busy
from explorer.records.photos import Source
from explorer.records.schema import Record
from explorer.records.service import service
from explorer.shell.session import session
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.engine.forward import Timing

__all__ = ["follow", "pooled", "record", "results", "timing"]

LOOK_SECONDS = 0.25
"""Between two looks whether the reader has left or chosen anew."""
PATIENT_SECONDS = 0.4
"""Shorter waits show no message."""


def record(source: Source, config: MergeConfig) -> Record:
    """Return the record of a run, from the cache or from the pool."""
    records = service()
    slot = st.empty()  # a permanent slot: elements below keep their place and are not remounted
    known = records.known(source, config)
    if known is None:
        *_, known = results(lambda client: records.ask(source, config, client), slot)
    return known.record


def timing(source: Source, config: MergeConfig, asked: bool) -> "Timing | None":
    """Return plain and merged forward times; None if they are neither cached nor ``asked`` for.

    Times of a busy machine are not kept: the next reader who asks has them measured again.
    """
    from explorer.engine.forward import time_both

    key = ("timing", *source.key, config.key)
    if not asked:
        return service().results.get(key)
    return pooled(
        key,
        lambda task: time_both(source.backbone, source.picture, source.view, config, task),
        lasting=lambda found: not busy(found.plain),
    )


def pooled(key: Hashable, work: Callable[[Task], Any], lasting: Callable[[Any], bool] = lambda found: True) -> Any:
    """Return the result of ``work(task)``, which must have ``nbytes``, from the cache or from the pool.

    It is cached if it is ``lasting``.
    """
    kept, slot = service().results, st.empty()
    known = kept.get(key)
    if known is not None:
        return known

    def keep(task: Task) -> None:
        found = work(task)
        if lasting(found):
            kept.put(key, found)
        task.publish(found)

    return results(lambda client: service().tasks.ask(client, key, keep), slot)[-1]


def results(ask: Callable[[str], Task], slot: Any = None) -> tuple[Any, ...]:
    """Return all results of the task of ``ask(client)``; its progress is said in ``slot``, or here."""
    slot = st.empty() if slot is None else slot
    snapshot = follow(ask, slot.caption)
    slot.empty()
    return snapshot.results


def follow(ask: Callable[[str], Task], say: Callable[[str], Any]):
    """Wait for the end of the task of ``ask(client)``; ``say`` its progress.  Return its last snapshot.

    Stops the script if the server is full or a newer choice of the session has taken over.  Re-raises the task's
    exception.
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
            session()  # touching the session lets Streamlit end a script that a newer run has replaced
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
