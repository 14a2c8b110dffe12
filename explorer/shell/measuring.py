"""Long measurements: start or rejoin them, and draw their results as they arrive."""

from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import streamlit as st
from streamlit import runtime
from streamlit.runtime.scriptrunner import get_script_run_ctx

from explorer.engine.measurements import Measurement, Work
from explorer.engine.task import Snapshot
from explorer.locale.language import retell, tr
from explorer.memory.guard import Busy
from explorer.records.service import service
from explorer.shell.fragment import fragment
from explorer.shell.session import session

__all__ = ["Measurement", "Work", "draw", "kept", "measured", "origin", "start", "stop", "stop_all"]

TICK_SECONDS = 0.4


def measured(
    name: str,
    subject: Hashable,
    total: int,
    unit: str,
    work: Work,
    body: Callable[[Measurement, Sequence[Any]], None],
    *,
    label: str,
    icon: str = ":material/speed:",
    help: str | None = None,
    disabled: bool = False,
    seconds: float = TICK_SECONDS,
) -> Measurement | None:
    """Draw buttons to start and stop ``work(task, tell)``, and ``body(measurement, results)`` at intervals.

    ``subject`` identifies the measurement, ``total`` is its number of results.  Returns None before the start.
    """
    known = kept(name, subject)
    with st.container(horizontal=True):
        if st.button(label, key=f"{name}.start", icon=icon, help=help, disabled=disabled):
            known = start(name, subject, total, unit, work) or known
        if known and known.running and st.button(tr("Stop"), key=f"{name}.stop", icon=":material/stop:"):
            stop(known)
    if known:
        draw(known, lambda results: body(known, results), seconds)
    return known


def kept(name: str, subject: Hashable) -> Measurement | None:
    """Return the session's measurement ``name`` of ``subject``, or another session's of the same: see ``origin``.

    Measurements of other subjects continue and are found again under their subject.
    """
    mine = session().measurements
    known, whole = mine.get(name), (name, subject)
    if known is None or known.subject != whole:
        known = service().measurements.find(session().client, whole, _presence())
    mine.pop(name, None)
    if known:
        mine[name] = known
    return known


def start(
    name: str, subject: Hashable, total: int, unit: str, work: Work, carried: object = None
) -> Measurement | None:
    """Start or queue ``work(task, tell)``; without room, say so and return None."""
    client, whole = session().client, (name, subject)
    try:
        fresh = service().measurements.start(client, whole, total, unit, work, _presence(), carried)
    except Busy as full:
        st.warning(retell(str(full)), icon=":material/hourglass_top:")
        return None
    session().measurements[name] = fresh
    return fresh


def _presence() -> Callable[[], bool] | None:
    """Return a thread-safe check of the browser's connection; None outside a server."""
    if not runtime.exists():
        return None
    return partial(runtime.get_instance().is_active_session, get_script_run_ctx().session_id)


def stop(known: Measurement) -> None:
    """Stop a measurement between two steps; its results so far stay."""
    service().measurements.stop(session().client, known)


def stop_all() -> None:
    """Stop all measurements of this session."""
    service().measurements.stop_all(session().client)


def origin(known: Measurement) -> str:
    """Say when a measurement was started, under which load, and whether by this page."""
    elsewhere = known.client != session().client
    told = {"at": known.asked, "load": known.load}
    if elsewhere:
        return tr(
            "Requested on {at:%d %b %Y at %H:%M} UTC, before this page was loaded or by another reader of this "
            "server; load of the machine then {load:.1f}.",
            **told,
        )
    return tr("Requested on {at:%d %b %Y at %H:%M} UTC; load of the machine then {load:.1f}.", **told)


def draw(known: Measurement, body: Callable[[Sequence[Any]], None], seconds: float = TICK_SECONDS) -> None:
    """Draw ``body(results)`` every ``seconds`` until the task ends."""
    running = known.running
    fragment(_draw, run_every=seconds if running else None)(known, body, running)


def _draw(known: Measurement, body: Callable[[Sequence[Any]], None], was_running: bool) -> None:
    snapshot = known.task.snapshot
    if was_running and snapshot.ended:
        st.rerun()
    # st.empty would remove the bar at once; this way it goes together with the outdated results below it.
    slot, results = st.container(), snapshot.results
    if snapshot.ended:
        _explain(snapshot, slot)
    else:
        place = service().tasks.place(known.task)
        done = {"count": len(results), "total": known.total, "unit": tr(known.unit)}
        line = (
            tr("Waiting in line, place {place}: measurements take turns.", place=place)
            if place
            else tr("{count} of {total} {unit}.", **done)
        )
        slot.progress(min(1.0, len(results) / known.total), line)
    st.caption(origin(known))
    body(results)


def _explain(snapshot: Snapshot, slot) -> None:
    if snapshot.state == "cancelled":
        slot.info(
            tr("Cancelled. Partial results are shown below.")
            if snapshot.results
            else tr("Cancelled before anything was measured.")
        )
    elif snapshot.error:
        slot.error(
            tr(
                "The measurement ended early ({kind}): {why}",
                kind=type(snapshot.error).__name__,
                why=retell(str(snapshot.error)[:200]),
            )
        )
