"""A lab: one photo under several configurations, drawn one after another as they are ready."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import streamlit as st

from explorer.core.models import Backbone
from explorer.core.runs import Superseded
from explorer.core.story import Story, tell, untold
from explorer.ui import cache, lab_controls, stage, viewer
from explorer.ui.controls import Choices
from explorer.ui.lab_controls import Panel
from explorer.ui.lab_trials import PLAIN, Trials, await_first, await_more, begin
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.core.compare import Score

__all__ = ["Lab", "show"]

STRIP = 56
"""pixels for the progress over the viewer"""


@dataclass(frozen=True, eq=False)
class Lab:
    """The panels of one photo, and the trials that they show."""

    model: Backbone
    choices: Choices
    panels: Sequence[Panel]
    reference: int
    """the panel that the others are compared with"""
    trials: Trials

    @property
    def configs(self) -> list[MergeConfig]:
        """Of all panels, and the plain one."""
        return list(dict.fromkeys([*(panel.config for panel in self.panels), PLAIN]))

    def score(self, config: MergeConfig) -> "Score | None":
        """How a panel compares with the plain run and the reference; None where it failed, or where there is none."""
        there = any(panel.config == config for panel in self.panels)
        return self.trials.score(config, self.panels[self.reference].config) if there else None


def show(choices: Choices, panels: Sequence[Panel]) -> Lab:
    """Draw the panels.  Stops the page until all are there; it runs again as more come."""
    if not lab_controls.fits(panels):
        st.stop()
    reference = lab_controls.reference(panels)
    model = stage.backbone(choices)
    if model is None:
        st.stop()
    view = stage.view(choices, model)
    configs = [panel.config for panel in panels]
    lab = Lab(model, choices, panels, reference, begin(model, choices, view, [*configs, PLAIN]))
    portrait = cache.portrait(choices.picture.digest, view, choices.picture)  # while the first trial runs
    await_first(lab.trials, configs)
    running = lab.trials.running and not lab.trials.stopped  # asked first: a job that has ended has brought all it had
    missing = len(lab.trials.missing(lab.configs))
    _progress(lab, missing, running)
    _draw(lab, portrait)
    if missing:
        # The script waits and the browser is left alone: asking again and again was measured to halve the speed.
        if running and await_more(lab.trials, lab.configs, missing):
            st.rerun()
        if not lab.trials.stopped:
            _end(lab.trials)
        if lab.trials.error:
            st.error(lab.trials.error)
        st.stop()
    return lab


def _progress(lab: Lab, missing: int, running: bool) -> None:
    total = len(lab.configs)
    # Always there and always as high, so that the viewer below stays where it is and is not mounted anew.
    with st.container(horizontal=True, vertical_alignment="center", height=STRIP, border=False):
        if not missing:
            st.caption(f"{len(lab.panels)} panels of {lab.choices.picture.name}, {lab.choices.caption}.")
            return
        st.progress((total - missing) / total, f"{total - missing} of {total} runs, the plain one included")
        if running:
            st.button("Stop the rest", key="lab.stop", icon=":material/stop:", on_click=lab.trials.stop)
        else:
            st.button("Go on", key="lab.on", icon=":material/play_arrow:", on_click=lab.trials.asked.clear)


def _end(trials: Trials) -> None:
    """Run the page again without a job that ended before its trials were there."""
    try:
        trials.job.result()
    except Superseded:
        pass  # the page was out of sight for a while
    except Exception as error:  # noqa: BLE001 — whatever it was, the page says so and stays
        trials.stop(f"These panels could not be computed ({type(error).__name__}): {str(error)[:200]}")
    st.rerun()


def _draw(lab: Lab, portrait: Story) -> None:
    from explorer.core.compare import Trial
    from explorer.core.heat import warm

    found = [lab.trials.found.get(panel.config.key) for panel in lab.panels]
    there = [result if isinstance(result, Trial) else None for result in found]
    waiting = "Waiting for its turn."
    if lab.trials.stopped:
        waiting = "Not computed." if lab.trials.error else "Stopped."
    awaited = [result is None and not lab.trials.stopped for result in found]
    notes = ["" if isinstance(result, Trial) else result.reason if result else waiting for result in found]
    comparison = viewer.Comparison(
        titles=[panel.title for panel in lab.panels],
        notes=notes,
        awaited=awaited,
        reference=lab.reference,
        on_reference=lambda panel: lab_controls.refer(lab.panels[panel]),
        heat=lambda patch: [trial and warm(trial, patch) for trial in there],
    )
    identity = f"{lab.trials.subject} {[panel.config.key for panel in lab.panels]}"
    viewer.show([_story(lab.trials, panel.config.key, portrait) for panel in lab.panels], identity, comparison)


def _story(trials: Trials, key: str, portrait: Story) -> Story:
    from explorer.core.compare import Trial

    if not isinstance(trials.found.get(key), Trial):
        return untold(portrait)
    if key not in trials.stories:
        trials.stories[key] = tell(portrait, trials.found[key].trace)
    return trials.stories[key]
