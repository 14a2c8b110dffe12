"""Throughput and likeness against r, and how much of the predicted speed-up is reached."""

from typing import TYPE_CHECKING

import streamlit as st

from explorer.core import paper
from explorer.figures import speed as figures
from explorer.ui.speed import ROUNDS, SECONDS, Setup, likeness, measured, rate
from explorer.ui.speed_records import keep, left_out
from tome.config import MergeConfig

if TYPE_CHECKING:
    from explorer.core.speed_points import Point

__all__ = ["over_r"]

COUNT = 6
AXIS = "Tokens merged per layer (r)"


def over_r(setup: Setup) -> None:
    """Measure values of r, constant and decreasing."""
    from explorer.core.speed import sweep
    from explorer.core.speed_points import rates
    from tome.metrics.cost import shape_of

    model = setup.backbone.model
    shape = shape_of(model, setup.side)
    asked = rates(shape.tokens, shape.prefix, len(shape.blocks), COUNT)
    configs = [MergeConfig(r=form) for r in asked for form in (r, (r, -1.0))]
    measured(
        "over_r",
        (*setup.subject, "over r"),
        f"Measure {len(asked)} values of r",
        1 + len(configs) + ROUNDS,
        "steps",
        lambda job, tell: sweep(model, setup.images(), configs, job, tell, rounds=ROUNDS, seconds=SECONDS),
        lambda told: _found(setup, told),
    )


def _found(setup: Setup, told: list) -> None:
    from explorer.core.speed import Round

    left_out(told)
    plain, *merged = setup.points(told)
    if not merged:
        return
    series = {
        "Constant r": [plain, *(point for point in merged if isinstance(point.config.r, int))],
        "Decreasing r": [plain, *(point for point in merged if not isinstance(point.config.r, int))],
    }
    left, right = st.columns(2)
    rounds = sum(isinstance(event, Round) for event in told)
    if not rounds:
        left.caption("Throughput follows with the first round.")
    else:
        timed = {name: [_throughput(point) for point in own] for name, own in series.items()}
        figure = figures.lines(timed, AXIS, "Images per second")
        left.plotly_chart(figure, key="over_r.speed", alt="Images per second over r, with quartiles.")
    near = {name: [(rate(point.config), point.fidelity) for point in own] for name, own in series.items()}
    what = likeness(merged)
    right.plotly_chart(figures.lines(near, AXIS, what), key="over_r.near", alt=f"{what} over r.")
    if rounds:
        _reached({name: own[1:] for name, own in series.items()}, setup.with_paper, rounds)
        keep("r", setup, [plain, *merged], told[0])


def _reached(series: "dict[str, list[Point]]", with_paper: bool, rounds: int) -> None:
    from explorer.core.speed import LEAST
    from explorer.core.speed_points import share

    part = share([point for own in series.values() for point in own])
    if part is None or rounds < LEAST:
        st.caption(f"Speed-ups are drawn after {LEAST} rounds; of fewer a median says nothing.")
        return
    marks = {
        name: [(f"r = {rate(p.config)}", p.predicted, p.speed_up.median, p.speed_up.low, p.speed_up.high) for p in own]
        for name, own in series.items()
    }
    printed = [(row.name, row.predicted, row.speed_up) for row in paper.FAST] if with_paper else []
    st.plotly_chart(figures.reached(marks, printed), key="reached", alt="Speed-up measured against predicted.")
    source = " Grey circles: Tables 3 and 4 of the paper, trained models on a V100." if with_paper else ""
    st.caption(
        f"{part:.0%} of the speed-up that GFLOPs predict was reached, median over the points, {rounds} of "
        f"{ROUNDS} rounds.{source}"
    )


def _throughput(point: "Point") -> tuple[float, ...]:
    return (rate(point.config), point.throughput.median, point.throughput.low, point.throughput.high)
