"""A lab's panels: one photo under several configurations, drawn one after another as they are ready."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import streamlit as st

from explorer.core.models import Backbone
from explorer.core.runs import Busy, Job, Superseded
from explorer.core.story import Story, tell, untold
from explorer.core.views import View
from explorer.ui import cache, state, viewer
from explorer.ui.controls import Choices
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.core.compare import Failure, Score, Trial

__all__ = ["MOST", "Batch", "Panel", "batch", "draw"]

MOST = 12
"""panels side by side"""
POLL_SECONDS = 0.02
TICK_SECONDS = 0.15
PLAIN = MergeConfig(r=0)


@dataclass(frozen=True)
class Panel:
    """A configuration and what it is called beside the others."""

    title: str
    config: MergeConfig


@dataclass(eq=False)
class Batch:
    """The trials of one photo, those that are there and those on their way.  Lives as long as the session shows it."""

    subject: tuple
    """the model, the photo and the view"""
    found: "dict[str, Trial | Failure]" = field(default_factory=dict)
    stories: dict[str, Story] = field(default_factory=dict)
    scores: "dict[tuple[str, str], Score]" = field(default_factory=dict)
    asked: set[str] = field(default_factory=set)
    job: Job | None = None

    def missing(self, configs: Sequence[MergeConfig]) -> list[MergeConfig]:
        return [config for config in configs if config.key not in self.found]

    @property
    def plain(self) -> "Trial":
        return self.found[PLAIN.key]

    def score(self, config: MergeConfig, reference: MergeConfig) -> "Score | None":
        """How the trial compares with the plain run and the reference; None where either failed."""
        from explorer.core.compare import Failure, measure

        trial, rival = self.found[config.key], self.found[reference.key]
        if isinstance(trial, Failure):
            return None
        key = (config.key, reference.key)
        if key not in self.scores:
            self.scores[key] = measure(trial, self.plain, trial if isinstance(rival, Failure) else rival)
        return self.scores[key]


def batch(backbone: Backbone, choices: Choices, view: View, panels: Sequence[Panel]) -> Batch:
    """The trials for these panels and the plain run; what is not known yet is computed in one job.

    Returns as soon as the first missing one is there.  Stops the script where a newer choice has taken over.
    """
    configs = list(dict.fromkeys([*(panel.config for panel in panels), PLAIN]))
    subject = (backbone.key, choices.picture.digest, view)
    kept = st.session_state.get("lab")
    if kept is None or kept.subject != subject:
        kept = st.session_state["lab"] = Batch(subject)
    _recall(kept, configs)
    missing = kept.missing(configs)
    if not missing:
        kept.job = None
        return kept
    running = kept.job is not None and not kept.job.wait(0)
    if not (running and kept.asked >= {config.key for config in missing}):
        _submit(kept, backbone, choices, view, missing)
    _await_first(kept, missing)
    return kept


def draw(lab: Batch, panels: Sequence[Panel], reference: int, portrait: Story) -> bool:
    """Draw the panels, and go on drawing while more come.  Whether all are there, the plain run included."""
    configs = [panel.config for panel in panels]
    pending = bool(lab.missing([*configs, PLAIN]))
    st.fragment(_draw, run_every=TICK_SECONDS if pending else None)(lab, panels, reference, portrait, pending)
    return not pending


def _draw(lab: Batch, panels: Sequence[Panel], reference: int, portrait: Story, pending: bool) -> None:
    from explorer.core.compare import Failure
    from explorer.core.heat import warm

    slot = st.empty()
    missing = lab.missing([*(panel.config for panel in panels), PLAIN])
    if missing:
        there = len(panels) + 1 - len(missing)
        slot.progress(there / (len(panels) + 1), f"{there} of {len(panels) + 1} runs, the plain one included")
        if lab.job is None or lab.job.wait(0):
            _explain(lab.job, slot)
    elif pending:
        st.rerun()
    found = [lab.found.get(panel.config.key) for panel in panels]
    stories = [_story(lab, panel.config.key, portrait) for panel in panels]
    notes = [
        result.reason if isinstance(result, Failure) else "" if result else "Waiting for its turn." for result in found
    ]
    there = [None if result is None or isinstance(result, Failure) else result for result in found]
    comparison = viewer.Comparison(
        titles=[panel.title for panel in panels],
        notes=notes,
        reference=reference,
        heat=lambda patch: [trial and warm(trial, patch) for trial in there],
    )
    identity = f"{lab.subject} {[panel.config.key for panel in panels]}"
    viewer.show(stories, identity, comparison)


def _story(lab: Batch, key: str, portrait: Story) -> Story:
    from explorer.core.compare import Trial

    if not isinstance(lab.found.get(key), Trial):
        return untold(portrait)
    if key not in lab.stories:
        lab.stories[key] = tell(portrait, lab.found[key].trace)
    return lab.stories[key]


def _recall(lab: Batch, configs: Sequence[MergeConfig]) -> None:
    for config in lab.missing(configs):
        known = cache.outcomes().get(("trial", *lab.subject, config.key))
        if known is not None:
            lab.found[config.key] = known


def _submit(lab: Batch, backbone: Backbone, choices: Choices, view: View, missing: list[MergeConfig]) -> None:
    from explorer.core.compare import trials

    shelf = cache.outcomes()

    def keep(result: "Trial | Failure") -> None:
        shelf.put(("trial", *lab.subject, result.config.key), result, result.nbytes)
        lab.found[result.config.key] = result

    try:
        lab.job = cache.engine().runs.submit(
            state.session(), lambda job: trials(backbone, choices.picture, view, missing, job, keep)
        )
    except Busy as full:
        st.warning(str(full), icon=":material/hourglass_top:")
        st.stop()
    lab.asked = {config.key for config in missing}


def _await_first(lab: Batch, missing: list[MergeConfig]) -> None:
    waiting = st.empty()
    runs, place = cache.engine().runs, 0
    while not lab.job.wait(POLL_SECONDS) and len(lab.missing(missing)) == len(missing):
        _ = state.session()  # Streamlit ends a script that a newer one has replaced where it touches the session
        if (now := runs.position(lab.job)) != place:
            place = now
            waiting.caption(f"Waiting for {place} other run{'s' if place > 1 else ''}…" if place else "")
    waiting.empty()


def _explain(job: Job | None, slot) -> None:
    """Say why a job ended before its trials were there."""
    try:
        if job is not None:
            job.result()
    except Superseded:
        slot.info("Another choice took over; change a control to run these panels again.")
    except Exception as error:  # noqa: BLE001 — whatever it was, the page says so and stays
        slot.error(f"These panels could not be computed ({type(error).__name__}): {str(error)[:200]}")
    st.stop()
