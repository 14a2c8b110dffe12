"""Throughput and likeness against r, and how much of the predicted speed-up is reached."""

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

import streamlit as st

from explorer.charts import speed as figures
from explorer.locale.language import mark, tr
from explorer.measuring import paper
from explorer.measuring.examples import Example, example
from explorer.shell.timing import ROUNDS, SECONDS, Setup, is_own, mark_example, measured, not_now, rounds_of
from explorer.shell.timing_files import context, keep, left_out

__all__ = ["over_r"]

COUNT = 6
AXIS = mark("Tokens merged per layer (r)")
SCHEDULES = {"constant": mark("Constant r"), "decreasing": mark("Decreasing r")}

Rows = Sequence[Mapping[str, Any]]


def over_r(setup: Setup) -> None:
    """Measure values of r, constant and decreasing, over the stored example."""
    from explorer.measuring.points import rates
    from explorer.measuring.speed import sweep
    from tome.metrics.cost import shape_of

    model, chosen = setup.backbone.model, setup.rate
    shape = shape_of(model, setup.side)
    asked = sorted({*rates(shape.tokens, shape.prefix, len(shape.blocks), COUNT), chosen} - {0})
    configs = [setup.choices.config(r=form) for r in asked for form in (r, (r, -1.0))]
    known = measured(
        "over_r",
        (*setup.subject, "over r"),  # without the chosen r: another one keeps what was measured
        tr("Measure {count} values of r on this server", count=len(asked)),
        1 + len(configs) + ROUNDS,
        mark("steps"),
        lambda task, tell: sweep(model, setup.images(), configs, task, tell, rounds=ROUNDS, seconds=SECONDS),
        lambda told: _found(setup, told),
    )
    if not known:
        _draw(setup, (), example("over_r"))


def _found(setup: Setup, told: list) -> None:
    from explorer.measuring.rows import untimed

    stored = example("over_r")
    left_out(told)
    found = setup.points(told) if told else []
    if len(found) < 2:
        _draw(setup, (), stored)
        return
    plain, own = found[0].throughput, setup.rows(found)
    if plain and not_now(plain):
        own = untimed(own)
    _draw(setup, own, stored)
    if plain:
        st.caption(tr("{count} of {all} rounds.", count=rounds_of(told), all=ROUNDS))
        keep("r", setup, own, told[0], context("over_r", setup, rounds_of(told)))


def _draw(setup: Setup, own: Rows, stored: Example) -> None:
    from explorer.measuring.rows import likeness

    timed = bool(own and own[0]["speed_up"])
    under = stored.rows if not timed or is_own(setup, stored) else ()
    if under:
        mark_example(setup, stored)
    alike = own if own and likeness(own) else ()  # none with random weights
    left, right = st.columns(2) if alike or under else (st.container(), None)
    speeds = figures.lines(_timed(own, False), tr(AXIS), tr("Images per second"), under=_timed(under, True))
    left.plotly_chart(speeds, key="over_r.speed", alt=tr("Images per second over r, with quartiles."))
    if right:
        what, column = likeness(alike or under)
        near = figures.lines(_near(alike, column, False), tr(AXIS), tr(what), under=_near(under, column, True))
        right.plotly_chart(near, key="over_r.near", alt=tr("{what} over r.", what=tr(what)))
    _reached(own if timed else stored.rows, setup.with_paper, timed)
    if under:
        st.caption(tr("Grey: {caption}", caption=stored.caption))


def _series(rows: Rows, stored: bool) -> dict[str, Rows]:
    if not rows:
        return {}
    plain, *merged = rows
    return {(tr("Example: {name}", name=tr(name)) if stored else tr(name)): [plain, *(row for row in merged if row["schedule"] == key)]
            for key, name in SCHEDULES.items()}  # fmt: skip


def _timed(rows: Rows, stored: bool) -> dict[str, list[tuple[float, ...]]]:
    names = ("r", "images_per_second", "images_per_second_low", "images_per_second_high")
    return {
        name: [tuple(row[each] for each in names) for row in own if row["images_per_second"]]
        for name, own in _series(rows, stored).items()
    }


def _near(rows: Rows, column: str, stored: bool) -> dict[str, list[tuple[float, ...]]]:
    return {name: [(row["r"], row[column]) for row in own] for name, own in _series(rows, stored).items()}


def _reached(rows: Rows, with_paper: bool, here: bool) -> None:
    marks = {
        name: [(f"r = {row['r']}", row["predicted"], row["speed_up"], row["speed_up_low"], row["speed_up_high"])
               for row in own[1:]]
        for name, own in _series(rows, not here).items()
    }  # fmt: skip
    printed = [(row.name, row.predicted, row.speed_up) for row in paper.FAST] if with_paper else []
    st.plotly_chart(
        figures.reached(marks, printed, stored=not here), key="reached", alt=tr("Speed-up measured against predicted.")
    )
    merged = [row for row in rows if row["predicted"] > 1]
    part = median(row["speed_up"] / row["predicted"] for row in merged)
    nothing = median(1 / row["predicted"] for row in merged)
    source = f" {tr('Grey circles: Tables 3 and 4 of the paper, trained models on a V100.')}" if with_paper else ""
    where = tr("on this server") if here else tr("in the example")
    st.caption(
        tr(
            "Speed-up measured {where}, as part of that predicted from GFLOPs: {part:.0%}, median over the points; with no gain at "
            "all it would be {nothing:.0%}. Bars are quartiles; points with overlapping bars are tied.",
            part=part,
            nothing=nothing,
            where=where,
        )
        + source
    )
