"""A long measurement that a page starts, draws while it grows, and cancels when a control changes."""

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import streamlit as st

from explorer.core.runs import Busy, Job, Superseded
from explorer.ui import cache, state

__all__ = ["Growing", "draw", "kept", "measured", "start"]

TICK_SECONDS = 0.4

Work = Callable[[Job, Callable[[Any], None]], None]


@dataclass(eq=False)
class Growing:
    """The results so far of one job, in the order in which they came."""

    subject: Hashable
    total: int
    unit: str
    results: list[Any] = field(default_factory=list)
    job: Job | None = None
    begun: float = field(default_factory=time.monotonic)

    @property
    def running(self) -> bool:
        return self.job is not None and not self.job.wait(0)


def measured(
    name: str,
    subject: Hashable,
    total: int,
    unit: str,
    work: Work,
    body: Callable[[Growing, list[Any]], None],
    *,
    label: str,
    icon: str = ":material/speed:",
    help: str | None = None,
    disabled: bool = False,
    seconds: float = TICK_SECONDS,
) -> Growing | None:
    """A button that starts ``work(job, tell)``, one that stops it, and ``body(growing, results)`` every so many ``seconds``.

    ``subject`` is what the measurement is about, which has ``total`` results in the end.  None before it was started.
    """
    known = kept(name, subject)
    with st.container(horizontal=True):
        if st.button(label, key=f"{name}.start", icon=icon, help=help, disabled=disabled):
            known = start(name, subject, total, unit, work)
        if known and known.running and st.button("Stop", key=f"{name}.stop", icon=":material/stop:"):
            known.job.cancel()
    if known:
        draw(known, lambda results: body(known, results), seconds)
    return known


def kept(name: str, subject: Hashable) -> Growing | None:
    """The measurement ``name`` if it is still about ``subject``; one about anything else is cancelled and forgotten."""
    known: Growing | None = st.session_state.get(f"growing.{name}")
    if known and known.subject != subject:
        if known.job:
            known.job.cancel()
        del st.session_state[f"growing.{name}"]
        return None
    return known


def start(name: str, subject: Hashable, total: int, unit: str, work: Work) -> Growing | None:
    """Start ``work(job, tell)`` as the session's newest job; None where the server is full, which the page says."""
    fresh = Growing(subject, total, unit)
    try:
        fresh.job = cache.engine().runs.submit(state.session(), lambda job: work(job, fresh.results.append), long=True)
    except Busy as full:
        st.warning(str(full), icon=":material/hourglass_top:")
        return None
    st.session_state[f"growing.{name}"] = fresh
    return fresh


def draw(growing: Growing, body: Callable[[list[Any]], None], seconds: float = TICK_SECONDS) -> None:
    """Draw ``body(results)`` every so many ``seconds`` until the job has ended."""
    running = growing.running
    st.fragment(_draw, run_every=seconds if running else None)(growing, body, running)


def _draw(growing: Growing, body: Callable[[list[Any]], None], was_running: bool) -> None:
    running = growing.running  # asked first: a job that has ended has told all it had
    if was_running and not running:
        st.rerun()
    # No st.empty, which would take the bar away at once: it goes when all that stands below is new.
    slot, results = st.container(), list(growing.results)
    if running:
        done = f"{len(results)} of {growing.total} {growing.unit}. Changing a control, or starting another, cancels."
        slot.progress(min(1.0, len(results) / growing.total), done)
    else:
        _explain(growing.job, slot, results)
    body(results)


def _explain(job: Job, slot, results: list[Any]) -> None:
    try:
        job.result()
    except Superseded:
        rest = "What was measured until then stands below." if results else "Nothing was measured until then."
        slot.info(f"Cancelled. {rest}")
    except Exception as error:  # noqa: BLE001 — the page stays, and says what happened
        slot.error(f"The measurement ended early ({type(error).__name__}): {str(error)[:200]}")
