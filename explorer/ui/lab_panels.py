"""A lab's panels: what each has to say, as the viewer is given it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from explorer.core.models import Backbone
from explorer.core.views import View
from explorer.records.build import Json as Story
from explorer.records.build import record as tell
from explorer.records.build import record_of_steps as tell_layers
from explorer.ui import cache, lab_controls, viewer
from explorer.ui.controls import Choices
from explorer.ui.lab_controls import Panel
from explorer.ui.lab_trials import PLAIN, Trials
from tome.config import MergeConfig
from tome.schedule import R

if TYPE_CHECKING:
    from explorer.core.compare import Score


def untold(portrait: Story) -> Story:
    """The Story of a run that is not there: the photo and its patches, and no layer after the input."""
    import numpy as np

    from explorer.records.build import _labels

    rows, columns = portrait["grid"]
    start = {"tokens": rows * columns, "labels": _labels(np.arange(rows * columns))}
    return {"version": 2, **portrait, "prefix": 0, "layers": [start], "caption": ""}


__all__ = ["Lab", "draw", "send"]


@dataclass(frozen=True, eq=False)
class Lab:
    """The panels of one photo, and the trials that they show."""

    model: Backbone
    choices: Choices
    view: View
    panels: Sequence[Panel]
    reference: int
    """the panel that the others are compared with"""
    trials: Trials

    @property
    def shown(self) -> list[MergeConfig]:
        """Of the panels, in their order."""
        return [panel.config for panel in self.panels]

    @property
    def configs(self) -> list[MergeConfig]:
        """Of all panels, and the plain one."""
        return list(dict.fromkeys([*self.shown, PLAIN]))

    @property
    def missing(self) -> int:
        """How many runs are not there yet."""
        return len(self.trials.missing(self.configs))

    def at(self, r: R) -> "Lab":
        """The same panels under another r."""
        panels = [replace(panel, config=replace(panel.config, r=r)) for panel in self.panels]
        return replace(self, panels=panels, choices=replace(self.choices, r=r))

    def score(self, config: MergeConfig) -> "Score | None":
        """How a panel compares with the plain run and the reference; None where it failed, or where there is none."""
        there = any(panel.config == config for panel in self.panels)
        return self.trials.score(config, self.panels[self.reference].config) if there else None


def draw(lab: Lab) -> None:
    """Draw the panels that are there, in the page's course."""
    identity = f"{lab.trials.subject} {[panel.config.key for panel in lab.panels]}"
    comparison = _comparison(lab)  # before the stories: a panel that comes in between is still said to wait
    viewer.show(_stories(lab), identity, comparison)


def send(lab: Lab) -> None:
    """Show the panels that are there in the viewer that is on screen; what still runs goes on once they are."""
    comparison = _comparison(lab)  # as above
    if viewer.send(_stories(lab), comparison):
        lab.trials.drawn.set()


def _stories(lab: Lab) -> list[Story]:
    portrait = cache.portrait(lab.choices.picture.digest, lab.view, lab.choices.picture)
    return [_story(lab, panel.config.key, portrait) for panel in lab.panels]


def _comparison(lab: Lab) -> viewer.Comparison:
    from explorer.core.compare import Trial
    from explorer.core.heat import warm

    trials = lab.trials
    waiting = "Waiting for its turn."
    if trials.stopped:
        waiting = "Not computed." if trials.error else "Stopped."
    found = [trials.found.get(config.key) for config in lab.shown]
    early = [config.key in trials.early for config in lab.shown]
    there = [result if isinstance(result, Trial) else None for result in found]
    notes = [
        "" if trial or part else result.reason if result else waiting
        for result, trial, part in zip(found, there, early, strict=True)
    ]
    awaited = [note == waiting and not trials.stopped for note in notes]
    return viewer.Comparison(
        titles=[panel.title for panel in lab.panels],
        notes=notes,
        awaited=awaited,
        reference=lab.reference,
        on_reference=lambda panel: lab_controls.refer(lab.panels[panel]),
        heat=lambda patch: [trial and warm(trial, patch) for trial in there],
    )


def _story(lab: Lab, key: str, portrait: Story) -> Story:
    from explorer.core.compare import Trial

    vit = lab.model.model
    steps = lab.trials.early.get(key)  # asked first: it goes when the whole run is there
    found = lab.trials.found.get(key)
    if isinstance(found, Trial):
        if key not in lab.trials.stories:
            lab.trials.stories[key] = tell(portrait, found.trace)
        return lab.trials.stories[key]
    return tell_layers(portrait, steps, vit.num_prefix_tokens, len(vit.blocks)) if steps else untold(portrait)
