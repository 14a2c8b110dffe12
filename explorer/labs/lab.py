"""A lab: one photo under several configurations, side by side, with their measurements."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import streamlit as st

from explorer.engine.models import Backbone
from explorer.labs import panels as lab_controls
from explorer.labs.panels import Panel
from explorer.locale.language import tr
from explorer.records.panels import Panels
from explorer.records.photos import Source
from explorer.records.service import PLAIN, service
from explorer.shell import corrected, drawn, measuring, run, stage
from explorer.shell.controls import Choices
from explorer.shell.photo_control import SAMPLES
from explorer.shell.rate_control import most_r
from explorer.viewer import component
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.engine.compare import Failure, Score, Trial

__all__ = ["Lab", "show"]


@dataclass(frozen=True, eq=False)
class Lab:
    """The panels of one photo and their trials."""

    choices: Choices
    source: Source
    panels: Sequence[Panel]
    reference: int
    """the reference panel"""
    trials: "dict[str, Trial | Failure]"
    """by configuration key, the plain run included"""

    @property
    def model(self) -> Backbone:
        return self.source.backbone

    @property
    def configs(self) -> list[MergeConfig]:
        """Return the configurations of the panels, in their order."""
        return [panel.config for panel in self.panels]

    @cached_property
    def _scores(self) -> "dict[str, Score | None]":
        return {config.key: self._measure(config) for config in self.configs}

    def score(self, config: MergeConfig) -> "Score | None":
        """Return a panel's score against the plain run and the reference; None if it failed or is missing."""
        return self._scores.get(config.key)

    def _measure(self, config: MergeConfig) -> "Score | None":
        from explorer.engine.compare import Failure, measure

        rival = self.panels[self.reference].config
        trial, other, plain = (self.trials[each.key] for each in (config, rival, PLAIN))
        if isinstance(trial, Failure) or isinstance(plain, Failure):
            return None
        return measure(trial, plain, trial if isinstance(other, Failure) else other)


def show(choices: Choices, panels: Sequence[Panel]) -> Lab:
    """Draw the panels, fetched by the viewer.  Stops the script until all have arrived; the page then reruns."""
    st.html(lab_controls.ONE_ROW)
    with st.container():  # always there: in another place Streamlit would begin the viewer again
        panels = lab_controls.fitting(panels, choices)
        model = stage.backbone(choices) if panels else None
    if model is None:
        st.stop()
    reference = lab_controls.reference(panels)
    source = stage.source(choices, model)
    st.caption(
        tr(
            "{count} panels of {name}, {caption}.",
            count=len(panels),
            name=tr(SAMPLES.get(choices.picture.name, choices.picture.name)),
            caption=choices.caption,
        )
    )
    stage.say_of_paper(choices.model)
    compared = component.Compared(
        choices.query,
        [panel.title for panel in panels],
        [panel.config for panel in panels],
        reference,
        source.view.rows * source.view.cols,
    )
    shown = Panels(service(), source, compared.configs)
    there = not shown.missing or drawn.finished(compared.name)
    if there:
        drawn.complete(compared.name)
    component.compare(compared, most_r(choices.model, choices.side), lambda panel: lab_controls.refer(panels[panel]))
    if not there:
        corrected.say()
        measuring.stop_all()
        st.caption(tr("Tables and charts follow once all panels are there."))
        st.stop()
    return Lab(choices, source, panels, reference, _trials(shown))


def _trials(shown: Panels) -> "dict[str, Trial | Failure]":
    # The plain run, and panels evicted from the cache since they were shown.
    every = Panels(service(), shown.source, [*shown.configs, PLAIN])
    found = {config.key: every.found(config) for config in every.configs}
    if None in found.values():
        found |= {result.config.key: result for result in run.results(every.ask)}
    return found
