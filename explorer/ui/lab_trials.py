"""The trials behind a lab's panels: one job computes those that are missing, for as long as its page looks on."""

import math
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import streamlit as st

from explorer.core.models import Backbone
from explorer.core.runs import Job
from explorer.core.views import View
from explorer.records.build import Json as Story
from explorer.records.service import service
from explorer.ui import cache, stage, state, viewer
from explorer.ui.controls import Choices
from explorer.ui.wire import DRAW_SECONDS, session_wire
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.core.compare import Failure, Score, Trial
    from tome import LayerTrace

__all__ = ["PLAIN", "Trials", "await_first", "await_more", "begin", "trials_of"]

PLAIN = MergeConfig(r=0)
POLL_SECONDS = 0.05
SAY_SECONDS = 0.5
LEASE_SECONDS = 5.0
"""A page that has not looked for so long has been left."""


@dataclass(eq=False)
class Trials:
    """The trials of one photo, those that are there and those on their way.  Lives as long as the session shows it."""

    subject: tuple
    """the model, the photo and the view"""
    found: "dict[str, Trial | Failure]" = field(default_factory=dict)
    stories: dict[str, Story] = field(default_factory=dict)
    scores: "dict[tuple[str, str], Score]" = field(default_factory=dict)
    early: "dict[str, list[LayerTrace]]" = field(default_factory=dict)
    """of the configuration that runs first, the steps as far as the reader's layer, while it is on its way"""
    layer: int = 0
    """how many blocks the configurations that run now have behind them"""
    news: threading.Event = field(default_factory=threading.Event)
    """set when there is more to show"""
    drawn: threading.Event = field(default_factory=threading.Event)
    """set when the first one is on screen"""
    asked: set[str] = field(default_factory=set)
    job: Job | None = None
    looked: float = 0.0
    stopped: bool = False
    """by the reader or an error, until the reader goes on or chooses other panels"""
    error: str = ""
    """what stopped them last, if it was not the reader"""

    def missing(self, configs: Sequence[MergeConfig]) -> list[MergeConfig]:
        return [config for config in configs if config.key not in self.found]

    @property
    def running(self) -> bool:
        return self.job is not None and not self.job.wait(0)

    def look(self) -> None:
        """Say that somebody still waits for the job."""
        self.looked = time.monotonic()

    def check(self, job: Job, layer: int = 0) -> None:
        """Note the block that has just been run; raise Superseded if nobody waits for ``job`` any more."""
        self.layer = layer + 1
        if time.monotonic() - self.looked > LEASE_SECONDS:
            job.cancel()
        job.check()

    def stop(self, error: str = "") -> None:
        self.stopped, self.error = True, error
        self.job.cancel()

    def score(self, config: MergeConfig, reference: MergeConfig) -> "Score | None":
        """How the trial compares with the plain run and the reference; None where either failed."""
        from explorer.core.compare import Failure, measure

        trial, rival, plain = (self.found[each.key] for each in (config, reference, PLAIN))
        if isinstance(trial, Failure) or isinstance(plain, Failure):
            return None
        key = (config.key, reference.key)
        if key not in self.scores:
            self.scores[key] = measure(trial, plain, trial if isinstance(rival, Failure) else rival)
        return self.scores[key]


def trials_of(backbone: Backbone, choices: Choices, view: View) -> Trials:
    """What this session knows of a photo."""
    subject = (backbone.key, choices.picture.digest, view)
    kept = st.session_state.get("lab")
    if kept is None or kept.subject != subject:
        kept = st.session_state["lab"] = Trials(subject)
    return kept


def begin(trials: Trials, backbone: Backbone, choices: Choices, configs: Sequence[MergeConfig]) -> None:
    """See that what is not known yet for ``configs`` is on its way.  Raises Busy where the server is full."""
    trials.look()
    _recall(trials, configs)
    missing = trials.missing(configs)
    wanted = {config.key for config in missing}
    if not missing:
        trials.job = None
    elif not (trials.asked >= wanted and (trials.running or trials.stopped)):
        _submit(trials, backbone, choices, missing)


def await_first(
    trials: Trials,
    configs: Sequence[MergeConfig],
    say: Callable[[str], None] = lambda place: None,
    seconds: float = math.inf,
    whole: bool = False,
) -> None:
    """Wait until one of ``configs`` is there, or the job has ended, or for ``seconds``; ``say`` the place in line.

    Unless it must be ``whole``, a run that has come to the reader's layer is enough.
    """
    runs, place, end = cache.engine().runs, 0, time.monotonic() + seconds
    while trials.running and len(trials.missing(configs)) == len(configs) and time.monotonic() < end:
        if trials.early and not whole:
            return
        _ = state.session()  # Streamlit ends a script that a newer one has replaced where it touches the session
        trials.look()
        if (now := runs.position(trials.job)) != place:
            place = now
            say(f"Waiting for {place} other run{'s' if place > 1 else ''}…" if place else "")
        _await_news(trials, configs)


def await_more(trials: Trials, configs: Sequence[MergeConfig], before: int, say: Callable[[], None]) -> bool:
    """Wait until fewer than ``before`` of ``configs`` are missing, or the job has ended; whether more are there.

    Meanwhile ``say`` is called now and then; seldom, for the browser may share the machine's cores.
    """
    told = time.monotonic()
    while trials.running and len(trials.missing(configs)) == before:
        _ = state.session()  # as above
        trials.look()
        _await_news(trials, configs)
        if time.monotonic() - told > SAY_SECONDS:
            told = time.monotonic()
            say()
    return len(trials.missing(configs)) < before


def _await_news(trials: Trials, configs: Sequence[MergeConfig]) -> None:
    """Wait for another trial, but no longer than it takes to ask whether anybody still looks on."""
    trials.news.wait(POLL_SECONDS)
    trials.news.clear()
    _recall(trials, configs)  # while this job waits for its turn, another session's may bring what it is for


def _recall(trials: Trials, configs: Sequence[MergeConfig]) -> None:
    for config in trials.missing(configs):
        known = cache.outcomes().get(("trial", *trials.subject, config.key))
        if known is not None:
            trials.found[config.key] = known


def _submit(trials: Trials, backbone: Backbone, choices: Choices, missing: list[MergeConfig]) -> None:
    from explorer.core import compare

    shelf = cache.outcomes()
    layer, listens = viewer.cursor(), session_wire().open
    trials.early = {}
    trials.drawn.clear()

    def pause() -> None:
        trials.news.set()
        trials.drawn.wait(DRAW_SECONDS)
        trials.drawn.clear()

    def look_in(key: str, index: int, steps: "list[LayerTrace]") -> None:
        if listens and index == 0 and len(steps) == layer < len(backbone.model.blocks):
            trials.early = {key: list(steps)}
            pause()

    def keep(result: "Trial | Failure") -> None:
        shelf.put(("trial", *trials.subject, result.config.key), result)
        trials.found[result.config.key] = result
        trials.early = {}
        if result.config is missing[0] and len(missing) > 1:
            pause()
        trials.news.set()

    source = stage.source(choices, backbone)

    def work(job: Job) -> None:
        _recall(trials, missing)
        if rest := trials.missing(missing):
            start = service().prefix(source, rest)
            compare.trials(
                backbone, start, rest, partial(trials.check, job), keep, on_steps=partial(look_in, rest[0].key)
            )

    # Sessions that look at one photo under one r want much the same.
    subject = ("trials", *trials.subject, choices.r)
    trials.job = cache.engine().runs.submit(state.session(), work, subject=subject)
    trials.asked, trials.stopped = {config.key for config in missing}, False
