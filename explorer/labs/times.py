"""Time a lab's panels on request, in interleaved runs.

A single run is not a measurement: the first is always slowest.
"""

from collections.abc import Callable, Mapping

import streamlit as st

from explorer.labs.lab import Lab
from explorer.locale.language import mark, tr
from explorer.shell.timing import ROUNDS, SECONDS, measured, not_now
from explorer.shell.timing_files import left_out
from tome.config import MergeConfig
from tome.lab.measure import Spread

__all__ = ["Times", "timed"]

Times = Mapping[MergeConfig, Spread]
"""milliseconds per photo"""


def timed(lab: Lab, draw: Callable[[Times], None]) -> None:
    """Draw a button that times the panels, and ``draw(times)`` with the known times."""
    from explorer.measuring.speed import PLAIN, sweep

    configs = [config for config in dict.fromkeys(lab.configs) if config != PLAIN]
    known = measured(
        "lab.times",
        ("times", *lab.source.key, *(config.key for config in configs)),
        tr("Time these panels in turn"),
        1 + len(configs) + ROUNDS,
        mark("steps"),
        lambda task, tell: sweep(lab.model.model, _image(lab), configs, task, tell, rounds=ROUNDS, seconds=SECONDS),
        lambda told: _told(told, draw),
    )
    if not known:
        draw({})


def _image(lab: Lab):
    from explorer.engine.forward import pixels

    return pixels(lab.model, lab.source.picture, lab.source.view)


def _told(told: list, draw: Callable[[Times], None]) -> None:
    from explorer.measuring.speed import PLAIN, Round

    left_out(told)
    rounds = [event.seconds for event in told if isinstance(event, Round)]
    ended = rounds[-1] if rounds else {}  # the last round: without failed configurations
    times = {config: Spread.of(1e3 * each[config] for each in rounds) for config in ended}
    if times and not_now(times[PLAIN]):
        times = {}
    draw(times)
    if times:
        st.caption(
            tr(
                "Time: medians over rounds in which each panel ran once, without recording: {rounds}. Without "
                "merging: {median:.0f} ms.",
                rounds=len(rounds),
                median=times[PLAIN].median,
            )
        )
