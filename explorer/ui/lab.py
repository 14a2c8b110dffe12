"""A lab: one photo under several configurations, drawn one after another as they are ready."""

from collections.abc import Sequence
from functools import partial

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from explorer.core.runs import Busy, Superseded
from explorer.ui import ahead, lab_controls, lab_panels, stage
from explorer.ui.controls import Choices
from explorer.ui.lab_controls import Panel
from explorer.ui.lab_panels import Lab
from explorer.ui.lab_trials import Trials, await_first, await_more, begin, trials_of
from explorer.ui.wire import session_wire

__all__ = ["show"]

STRIP = 56
"""pixels for the progress over the viewer"""
AHEAD_SECONDS = 1.0
"""After that the page is drawn before the first panel is there, so that its reader sees that it is at work."""


def show(choices: Choices, panels: Sequence[Panel]) -> Lab:
    """Draw the panels.  Stops the page until all are there; it runs again when they are."""
    st.html(lab_controls.ONE_ROW)
    if not lab_controls.fits(panels):
        st.stop()
    reference = lab_controls.reference(panels)
    model = stage.backbone(choices)
    if model is None:
        st.stop()
    view = stage.view(choices, model)
    lab = Lab(model, choices, view, panels, reference, trials_of(model, choices, view))
    try:
        _begin(lab)
    except Busy as full:
        st.warning(str(full), icon=":material/hourglass_top:")
        st.stop()
    ahead.offer(choices.r, lambda r: _answer(lab.at(r)))
    waiting = st.empty()
    await_first(lab.trials, lab.shown, waiting.caption)
    waiting.empty()
    running = lab.trials.running and not lab.trials.stopped  # asked first: a job that has ended has brought all it had
    missing = lab.missing
    bar = _progress(lab, missing, running)
    lab_panels.draw(lab)
    if missing:
        if running:
            _follow(lab, missing, bar)
        if not lab.trials.stopped:
            _end(lab.trials)
        if lab.trials.error:
            st.error(lab.trials.error)
        st.stop()
    return lab


def _begin(lab: Lab) -> None:
    begin(lab.trials, lab.model, lab.choices, lab.configs)


def _answer(lab: Lab) -> None:
    """Let the viewer show the first panel of ``lab``, as far as its cursor and then all of it, before the page is drawn."""
    try:
        _begin(lab)
    except Busy:
        return  # the page says so in its place
    await_first(lab.trials, lab.shown, seconds=AHEAD_SECONDS)
    lab_panels.send(lab)
    if lab.trials.early:
        await_first(lab.trials, lab.shown, seconds=AHEAD_SECONDS, whole=True)
        lab_panels.send(lab)


def _follow(lab: Lab, missing: int, bar: DeltaGenerator) -> None:
    """Show each panel as it comes.  Runs the page again when all are there, or returns when no more will come."""
    while await_more(lab.trials, lab.configs, missing, partial(_tell, bar, lab, missing)):
        missing = lab.missing
        listens = session_wire().open
        if listens:
            lab_panels.send(lab)
        # The script waits and the browser is left alone: asking again and again was measured to halve the speed.
        if not (missing and listens):
            st.rerun()
        _tell(bar, lab, missing)


def _progress(lab: Lab, missing: int, running: bool) -> DeltaGenerator | None:
    # Always there and always as high, so that the viewer below stays where it is and is not mounted anew.
    with st.container(horizontal=True, vertical_alignment="center", height=STRIP, border=False):
        if not missing:
            st.caption(f"{len(lab.panels)} panels of {lab.choices.picture.name}, {lab.choices.caption}.")
            return None
        bar = st.progress(0.0)
        _tell(bar, lab, missing)
        if running:
            st.button("Stop the rest", key="lab.stop", icon=":material/stop:", on_click=lab.trials.stop)
        else:
            st.button("Go on", key="lab.on", icon=":material/play_arrow:", on_click=lab.trials.asked.clear)
    return bar


def _tell(bar: DeltaGenerator, lab: Lab, missing: int) -> None:
    total, depth = len(lab.configs), len(lab.model.model.blocks)
    done, layer = total - missing, min(lab.trials.layer, depth)
    now = f"; layer {layer} of {depth}" if layer and lab.trials.running else ""
    # What runs together ends together: of it, one counts until then.
    bar.progress((done + layer / depth * bool(now)) / total, f"{done} of {total} runs, the plain one included{now}")


def _end(trials: Trials) -> None:
    """Run the page again without a job that ended before its trials were there."""
    try:
        trials.job.result()
    except Superseded:
        pass  # the page was out of sight for a while
    except Exception as error:  # noqa: BLE001 — whatever it was, the page says so and stays
        trials.stop(f"These panels could not be computed ({type(error).__name__}): {str(error)[:200]}")
    st.rerun()
