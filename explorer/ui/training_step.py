"""A training step of the chosen model, plain and merged in turn."""

import streamlit as st

from explorer.core import paper
from explorer.core.models import Backbone
from explorer.ui.controls import Choices
from explorer.ui.speed import ROUNDS, SECONDS, Setup, measured
from tome.config import MergeConfig

__all__ = ["step_time"]


def step_time(choices: Choices, backbone: Backbone) -> None:
    """Forward, backward and an AdamW step on four photos."""
    from explorer.core.training import time_step

    setup, config = Setup(backbone, choices, 4, False), MergeConfig(r=choices.r)
    measured(
        "step",
        (*setup.subject, config.key),
        f"Time a training step at {choices.caption}",
        1 + ROUNDS,
        "rounds",
        lambda job, tell: time_step(backbone.model, setup.images(), config, job, tell, rounds=ROUNDS, seconds=SECONDS),
        _found,
    )


def _found(told: list) -> None:
    from explorer.core.speed import LEAST

    machine, *rounds = told or [{}]
    if len(rounds) < LEAST:
        if rounds:
            st.caption(f"Medians are shown after {LEAST} rounds; of fewer a median says nothing.")
        return
    found, (model, times, table) = rounds[-1], paper.TRAINING
    figures = {
        "Plain": f"{found.plain_seconds.median:.2f} s",
        "Merged": f"{found.seconds.median:.2f} s",
        "Speed-up": f"{found.speed_up.median:.2f} ×",
        "Predicted from GFLOPs": f"{found.predicted:.2f} ×",
    }
    for column, (label, value) in zip(st.columns(4), figures.items(), strict=True):
        column.metric(label, value)
    low, high = found.speed_up.low, found.speed_up.high
    st.caption(
        f"Medians of {found.rounds} of {ROUNDS} rounds, batch {found.images}; quartiles of the speed-up {low:.2f} to "
        f"{high:.2f}. The paper's {model}: {times} × ({table}, V100). "
        + " · ".join(f"{name} {value}" for name, value in machine.items())
    )
