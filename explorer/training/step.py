"""A training step of the chosen model, plain and merged in turn."""

import streamlit as st

from explorer.engine.models import Backbone
from explorer.locale.language import mark, tr
from explorer.measuring import paper
from explorer.measuring.examples import example
from explorer.shell.controls import Choices
from explorer.shell.timing import ROUNDS, SECONDS, Setup, mark_example, measured, not_now
from tome.config import MergeConfig
from tome.lab.measure import Spread

__all__ = ["step_time"]


def step_time(choices: Choices, backbone: Backbone) -> None:
    """Time forward, backward and an AdamW step on four photos."""
    from explorer.training.courses import time_step

    setup, config = Setup(backbone, choices, 4, False), MergeConfig(r=choices.r)
    known = measured(
        "step",
        (*setup.subject, config.key),
        tr("Time a training step at {settings} on this server", settings=choices.caption),
        1 + ROUNDS,
        mark("rounds"),
        lambda task, tell: time_step(
            backbone.model, setup.images(), config, task, tell, rounds=ROUNDS, seconds=SECONDS
        ),
        lambda told: _found(setup, told),
    )
    if not known:
        _show_example(setup)


def _found(setup: Setup, told: list) -> None:
    from explorer.measuring.speed import LEAST

    machine, *rounds = told or [{}]
    if len(rounds) < LEAST or not_now(rounds[-1].plain_seconds):
        _show_example(setup)
        return
    found = rounds[-1]
    _draw(found.plain_seconds.median, found.seconds.median, found.speed_up, found.predicted)
    facts = " · ".join(f"{name} {value}" for name, value in machine.items())
    st.caption(
        tr(
            "Medians of {count} of {all} rounds, batch {images}, on this server: {facts}",
            count=found.rounds,
            all=ROUNDS,
            images=found.images,
            facts=facts,
        )
    )


def _show_example(setup: Setup) -> None:
    stored = example("step")
    mark_example(setup, stored)
    (row,) = stored.rows
    spread = Spread(row["speed_up"], row["speed_up_low"], row["speed_up_high"])
    _draw(row["plain_seconds"], row["seconds"], spread, row["predicted"])
    st.caption(stored.caption)


def _draw(plain: float, merged: float, speed_up: Spread, predicted: float) -> None:
    figures = {
        tr("Unmerged"): f"{plain:.2f} s",
        tr("Merged"): f"{merged:.2f} s",
        tr("Speed-up"): f"{speed_up.median:.2f} ×",
        tr("Predicted from GFLOPs"): f"{predicted:.2f} ×",
    }
    for column, (label, value) in zip(st.columns(4), figures.items(), strict=True):
        column.metric(label, value)
    model, times, table = paper.TRAINING
    st.caption(
        tr(
            "Quartiles of the speed-up {low:.2f} to {high:.2f}. The paper's {model}: {times} × ({table}, V100).",
            low=speed_up.low,
            high=speed_up.high,
            model=model,
            times=times,
            table=table,
        )
    )
