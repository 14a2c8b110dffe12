"""A long measurement that a page starts, draws while it grows, and cancels when a control changes."""

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from explorer.core.runs import Busy
from explorer.core.tasks import Snapshot, Task
from explorer.records.service import service
from explorer.ui.presence import presence
from explorer.ui.session import session

__all__ = ["Measurement", "draw", "kept", "measured", "start", "stop", "stop_all"]

TICK_SECONDS = 0.4

Work = Callable[[Task, Callable[[Any], None]], None]


@dataclass(frozen=True, eq=False)
class Measurement:
    """A task whose results are measured one after another."""

    subject: Hashable
    total: int
    unit: str
    task: Task
    begun: float = field(default_factory=time.monotonic)

    @property
    def running(self) -> bool:
        return not self.task.snapshot.ended


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
    """Draw a button that starts ``work(task, tell)``, one that stops it, and ``body(measurement, results)`` now and then.

    ``subject`` is what the measurement is about, which has ``total`` results in the end.  None before it was started.
    """
    known = kept(name, subject)
    with st.container(horizontal=True):
        if st.button(label, key=f"{name}.start", icon=icon, help=help, disabled=disabled):
            known = start(name, subject, total, unit, work)
        if known and known.running and st.button("Stop", key=f"{name}.stop", icon=":material/stop:"):
            stop(known)
    if known:
        draw(known, lambda results: body(known, results), seconds)
    return known


def kept(name: str, subject: Hashable) -> Measurement | None:
    """Return the measurement ``name`` if it is still about ``subject``; one about anything else is cancelled."""
    known = session().measurements.get(name)
    if known and known.subject != subject:
        stop(known)
        del session().measurements[name]
        return None
    return known


def start(name: str, subject: Hashable, total: int, unit: str, work: Work) -> Measurement | None:
    """Start ``work(task, tell)`` in place of the session's older one; None where the server is full, which is said."""
    try:
        task = service().tasks.ask(
            _client(), ("measurement", object()), lambda task: work(task, task.publish), long=True, present=presence()
        )
    except Busy as full:
        st.warning(str(full), icon=":material/hourglass_top:")
        return None
    fresh = session().measurements[name] = Measurement(subject, total, unit, task)
    return fresh


def stop(known: Measurement) -> None:
    """End a measurement between two of its steps; what is measured stays."""
    service().tasks.leave(_client(), known.task)


def stop_all() -> None:
    """End whatever this session measures."""
    for known in session().measurements.values():
        stop(known)


def _client() -> str:
    return f"measurement {session().client}"


def draw(known: Measurement, body: Callable[[Sequence[Any]], None], seconds: float = TICK_SECONDS) -> None:
    """Draw ``body(results)`` every so many ``seconds`` until the task has ended."""
    running = known.running
    st.fragment(_draw, run_every=seconds if running else None)(known, body, running)


def _draw(known: Measurement, body: Callable[[Sequence[Any]], None], was_running: bool) -> None:
    snapshot = known.task.snapshot
    if was_running and snapshot.ended:
        st.rerun()
    # No st.empty, which would take the bar away at once: it goes when all that stands below is new.
    slot, results = st.container(), snapshot.results
    if snapshot.ended:
        _explain(snapshot, slot)
    else:
        done = f"{len(results)} of {known.total} {known.unit}. Changing a control, or starting another, cancels."
        slot.progress(min(1.0, len(results) / known.total), done)
    body(results)


def _explain(snapshot: Snapshot, slot) -> None:
    if snapshot.state == "cancelled":
        rest = "What was measured until then stands below." if snapshot.results else "Nothing was measured until then."
        slot.info(f"Cancelled. {rest}")
    elif snapshot.error:
        slot.error(f"The measurement ended early ({type(snapshot.error).__name__}): {str(snapshot.error)[:200]}")
